// 15 tokens -> 141
pub(crate) fn f(x: u32) -> impl ::core::future::Future<Output = ()> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::region_future(
        ::hooks_runtime::__private::region_span(&__SITE),
        async move {
            let x = x;
            if false {
                return;
            }
            '__region: {
                drop(x);
            }
        },
    )
}
