// 31 tokens -> 122
/// Docs.
#[inline]
pub unsafe extern "C" fn f(x: u32) -> u32 {
    #![allow(unused)]
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    {
        let __scope = ::hooks_runtime::__private::task(&__SITE);
        '__task: { x + 1 }
    }
}
