// 20 tokens -> 127
fn f(x: u32) -> impl Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::hooks_runtime::__private::value_scope(&__SITE, &x);
    let result: _ = {
        scope.enter();
        async move { x }
    };
    #[allow(unreachable_code)] result
}
