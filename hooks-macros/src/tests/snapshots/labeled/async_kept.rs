// 20 tokens -> 155
#[tokio::main]
async fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::labeled_future(
            ::hooks_runtime::__private::frame(&__SITE, &x),
            async move {
                let x = x;
                let _ = x;
                if false {
                    return ::hooks_runtime::__private::of_type::<u32>();
                }
                '__labeled: { x + 1 }
            },
        )
        .await
}
