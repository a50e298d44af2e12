// 33 tokens -> 183
fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __frame = ::hooks_runtime::__private::frame(&__SITE, &x);
    let __future: Pin<Box<dyn Future<Output = u32> + Send>> = match () {
        () => '__labeled_future: {
            Box::pin(async move { x })
        }
    };
    #[allow(unreachable_code)]
    ::std::boxed::Box::pin(::hooks_runtime::__private::labeled_future(__frame, __future))
}
