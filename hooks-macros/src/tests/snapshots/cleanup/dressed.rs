// 31 tokens -> 130
/// Docs.
#[inline]
pub unsafe extern "C" fn f(x: u32) -> u32 {
    #![allow(unused)]
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "cleanup(note) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| note(x));
        '__cleanup: { x + 1 }
    }
}
