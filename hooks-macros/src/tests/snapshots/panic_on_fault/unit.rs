// 14 tokens -> 135
pub(crate) fn f(x: u32) {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "panic_on_fault(*map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    {
        let __maps = ::hooks_runtime::__private::panic_on_fault([&*map(x)]);
        let __scope = __maps.enter();
        '__panic_on_fault: {
            drop(x);
        }
    }
}
