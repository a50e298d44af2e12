// 33 tokens -> 165
fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    let __future: Pin<Box<dyn Future<Output = u32> + Send>> = match () {
        () => '__task_future: {
            Box::pin(async move { x })
        }
    };
    #[allow(unreachable_code)]
    ::std::boxed::Box::pin(::hooks_runtime::__private::task_future(&__SITE, __future))
}
