// 18 tokens -> 163
fn f(route: &'static str) -> impl ::core::future::Future<Output = usize> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(route) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::labeled_future(
        ::hooks_runtime::__private::frame_text(&__SITE, route),
        async move {
            let route = route;
            let _ = route;
            if false {
                return ::hooks_runtime::__private::of_type::<usize>();
            }
            '__labeled: { route.len() }
        },
    )
}
