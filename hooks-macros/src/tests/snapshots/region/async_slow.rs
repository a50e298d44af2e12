// 14 tokens -> 154
fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(slow=2s) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::slow_region_future(
        ::hooks_runtime::__private::region_span(&__SITE),
        2000000000u64,
        async move {
            let x = x;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__region: { x + 1 }
        },
    )
}
