// 18 tokens -> 155
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
            let __result: usize = '__labeled: { route.len() };
            #[allow(unreachable_code)] __result
        },
    )
}
