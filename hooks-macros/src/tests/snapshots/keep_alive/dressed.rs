// 31 tokens -> 134
/// Docs.
#[inline]
pub unsafe extern "C" fn f(x: u32) -> u32 {
    #![allow(unused)]
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "keep_alive(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __kept_alive;
    match () {
        () => {}
        #[allow(unreachable_patterns)]
        () => __kept_alive = ::hooks_runtime::__private::keep_alive(&x),
    }
    x + 1
}
