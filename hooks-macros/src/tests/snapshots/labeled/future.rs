// 20 tokens -> 143
fn f(x: u32) -> impl Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __frame = ::hooks_runtime::__private::frame(&__SITE, &x);
    let __future: _ = match () {
        () => '__labeled_future: {
            async move { x }
        }
    };
    #[allow(unreachable_code)]
    ::hooks_runtime::__private::labeled_future(__frame, __future)
}
