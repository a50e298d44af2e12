// 14 tokens -> 142
fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    ::hooks_runtime::__private::task_future(
        &__SITE,
        async move {
            let x = x;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__task: { x + 1 }
        },
    )
}
