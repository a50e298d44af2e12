// 43 tokens -> 153
fn f<'a, T: Show + ?Sized>(x: &'a T) -> Option<impl Iterator<Item = &'a str> + 'a> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::hooks_runtime::__private::value_scope(&__SITE, &x);
    let result: Option<_> = {
        scope.enter();
        x.show()
    };
    #[allow(unreachable_code)] result
}
