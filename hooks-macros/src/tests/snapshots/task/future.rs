// 20 tokens -> 125
fn f(x: u32) -> impl Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    let __future: _ = match () {
        () => '__task_future: {
            async move { x }
        }
    };
    #[allow(unreachable_code)] ::hooks_runtime::__private::task_future(&__SITE, __future)
}
