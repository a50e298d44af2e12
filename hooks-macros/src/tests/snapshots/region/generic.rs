// 43 tokens -> 134
fn f<'a, T: Show + ?Sized>(x: &'a T) -> Option<impl Iterator<Item = &'a str> + 'a> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __scope = ::hooks_runtime::__private::region(&__SITE);
        '__region: { x.show() }
    }
}
