// 31 tokens -> 138
/// Docs.
#[inline]
pub unsafe extern "C" fn f(x: u32) -> u32 {
    #![allow(unused)]
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let scope = ::hooks_runtime::__private::value_scope(&__SITE, &x);
    let result: u32 = {
        scope.enter();
        x + 1
    };
    #[allow(unreachable_code)] result
}
