// 31 tokens -> 261
fn f(
    argument0: (u32, [u32; 2]),
    argument1: u32,
) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "panic_on_fault(*map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    #[allow(clippy::diverging_sub_expression)]
    let __maps = '__values: {
        #[allow(unused_variables, unreachable_code, unreachable_patterns)]
        match argument0 {
            (
                x,
                [y,
                ..,
                ],
            ) if {
                break '__values ::hooks_runtime::__private::panic_on_fault([&*map(x)])
            } => loop {}
            _ => loop {}
        }
    };
    ::hooks_runtime::__private::panic_on_fault_future(
        &__SITE,
        __maps,
        async move {
            let argument0 = argument0;
            let (x, [y, ..]) = argument0;
            let _ = x;
            let __argument = argument1;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__panic_on_fault: { x + y }
        },
    )
}
