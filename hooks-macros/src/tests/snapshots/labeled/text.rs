// 15 tokens -> 129
fn f(route: &str) -> usize {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(route) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let frame = ::hooks_runtime::__private::room();
    let scope = frame.enter_text(&__SITE, route);
    let result: usize = {
        let _ = ();
        route.len()
    };
    #[allow(unreachable_code)] result
}
