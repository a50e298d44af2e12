// 22 tokens -> 254
fn f(request: Request, size: usize) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(name=db.query,n,m,size:bytes,slow=1m) ", ::core::module_path!(), "::f ",
        ::core::file!(), ":", ::core::line!()
    );
    let __frame = if ::hooks_runtime::__private::is_on() {
        ::hooks_runtime::__private::region_span_with(
            &__SITE,
            (
                ::hooks_runtime::__private::display(&request.id),
                ::hooks_runtime::__private::debug(&request.tenant()),
                ::hooks_runtime::__private::value(&size),
            ),
        )
    } else {
        ::hooks_runtime::__private::region_span_unseen(&__SITE)
    };
    ::hooks_runtime::__private::slow_region_future(
        __frame,
        60000000000u64,
        async move {
            let request = request;
            let _ = request;
            let size = size;
            let _ = size;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__region: { request.run(size).await }
        },
    )
}
