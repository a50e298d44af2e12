// 41 tokens -> 140
async fn f<'a, T>(x: u32, y: &'a T) -> Cow<'a, T>
where
    T: Show,
{
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "cleanup(note) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| note(x));
        '__cleanup: { y.show(x).await }
    }
}
