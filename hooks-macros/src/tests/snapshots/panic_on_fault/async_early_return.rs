// 23 tokens -> 198
fn f(x: Option<u32>) -> impl ::core::future::Future<Output = Option<u32>> {
    #[cfg(panic = "abort")]
    ::core::compile_error!(
        "with `panic = \"abort\"` a fault cannot become a panic that runs destructors: look at the `Result`s of the map instead, or build with `panic = \"unwind\"`"
    );
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "panic_on_fault(*map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __maps = ::hooks_runtime::__private::panic_on_fault([&*map(x)]);
    ::hooks_runtime::__private::panic_on_fault_future(
        &__SITE,
        __maps,
        async move {
            let x = x;
            let _ = x;
            if false {
                return ::hooks_runtime::__private::of_type::<Option<u32>>();
            }
            '__panic_on_fault: { Some(x? + 1) }
        },
    )
}
