// 41 tokens -> 180
fn f<'a, T>(x: u32, y: &'a T) -> impl ::core::future::Future<Output = Cow<'a, T>>
where
    T: Show,
{
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    ::hooks_runtime::__private::task_future(
        &__SITE,
        async move {
            let x = x;
            let y = y;
            if false {
                return ::hooks_runtime::__private::of_type::<Cow<'_, T>>();
            }
            '__task: { y.show(x).await }
        },
    )
}
