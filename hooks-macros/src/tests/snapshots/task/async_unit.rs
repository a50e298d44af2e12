// 15 tokens -> 131
pub(crate) fn f(x: u32) -> impl ::core::future::Future<Output = ()> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    ::hooks_runtime::__private::task_future(
        &__SITE,
        async move {
            let x = x;
            if false {
                return;
            }
            '__task: {
                drop(x);
            }
        },
    )
}
