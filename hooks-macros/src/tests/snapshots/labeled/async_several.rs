// 29 tokens -> 267
fn f(
    route: &str,
    request: Request,
    size: usize,
) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(route,n,m,size:bytes,kind) ", ::core::module_path!(), "::f ",
        ::core::file!(), ":", ::core::line!()
    );
    let __frame = ::hooks_runtime::__private::frame_all(
        &__SITE,
        (
            ::hooks_runtime::__private::text(route),
            ::hooks_runtime::__private::display(&request.id),
            ::hooks_runtime::__private::debug(&request.tenant()),
            ::hooks_runtime::__private::value(&size),
            ::hooks_runtime::__private::text("x"),
        ),
    );
    ::hooks_runtime::__private::labeled_future(
        __frame,
        async move {
            let route = route;
            let _ = route;
            let request = request;
            let _ = request;
            let size = size;
            let _ = size;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__labeled: { request.run(route, size).await }
        },
    )
}
