// 15 tokens -> 121
fn f(route: &str) -> usize {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(route) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::hooks_runtime::__private::text_scope(&__SITE, route);
    let result: usize = {
        scope.enter();
        route.len()
    };
    #[allow(unreachable_code)] result
}
