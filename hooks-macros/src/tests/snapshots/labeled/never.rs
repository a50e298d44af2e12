// 14 tokens -> 109
fn f(x: u32) -> ! {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::hooks_runtime::__private::value_scope(&__SITE, &x);
    {
        scope.enter();
        panic!("{x}")
    }
}
