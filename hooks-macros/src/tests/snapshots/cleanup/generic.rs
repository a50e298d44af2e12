// 43 tokens -> 142
fn f<'a, T: Show + ?Sized>(x: &'a T) -> Option<impl Iterator<Item = &'a str> + 'a> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "cleanup(note) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| note(x));
        '__cleanup: { x.show() }
    }
}
