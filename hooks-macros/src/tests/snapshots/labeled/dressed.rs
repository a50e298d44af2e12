// 31 tokens -> 133
/// Docs.
#[inline]
pub unsafe extern "C" fn f(x: u32) -> u32 {
    #![allow(unused)]
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __frame = ::hooks_runtime::__private::room();
        let __scope = __frame.enter(&__SITE, &x);
        '__labeled: { x + 1 }
    }
}
