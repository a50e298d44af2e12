// 14 tokens -> 187
fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
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
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__panic_on_fault: { x + 1 }
        },
    )
}
