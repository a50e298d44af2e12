// 15 tokens -> 176
pub(crate) fn f(x: u32) -> impl ::core::future::Future<Output = ()> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "panic_on_fault(*map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    let __maps = ::hooks_runtime::__private::panic_on_fault([&*map(x)]);
    ::hooks_runtime::__private::panic_on_fault_future(
        &__SITE,
        __maps,
        async move {
            let x = x;
            let _ = x;
            if false {
                return;
            }
            '__panic_on_fault: {
                drop(x);
            }
        },
    )
}
