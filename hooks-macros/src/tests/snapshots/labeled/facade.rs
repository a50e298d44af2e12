// 13 tokens -> 123
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::facade::rt::__private::value_scope(&__SITE, &x);
    let result: u32 = {
        scope.enter();
        x + 1
    };
    #[allow(unreachable_code)] result
}
