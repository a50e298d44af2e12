// 20 tokens -> 147
#[tokio::main]
async fn f(x: u32) -> u32 {
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
                    return ::hooks_runtime::__private::of_type::<u32>();
                }
                '__region: { x + 1 }
            },
        )
        .await
}
