// 31 tokens -> 179
fn f(
    argument0: (u32, [u32; 2]),
    argument1: u32,
) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::region_future(
        ::hooks_runtime::__private::region_span(&__SITE),
        async move {
            let argument0 = argument0;
            let (x, [y, ..]) = argument0;
            let __argument = argument1;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__region: { x + y }
        },
    )
}
