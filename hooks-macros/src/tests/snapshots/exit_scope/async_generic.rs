// 33 tokens -> 187
fn f<T>(x: u32, y: &T) -> impl ::core::future::Future<Output = Option<T>>
where
    T: Show,
{
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    ::hooks_runtime::__private::exit_scope_future(
        &__SITE,
        async move {
            let x = x;
            let y = y;
            if false {
                return ::hooks_runtime::__private::of_type::<Option<T>>();
            }
            '__exit_scope: { y.show(x).await }
        },
    )
}
