// 15 tokens -> 122
async fn f(x: u32) -> ! {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::region_future(
            ::hooks_runtime::__private::region_span(&__SITE),
            async move {
                let x = x;
                '__region: { panic!("{x}") }
            },
        )
        .await
}
