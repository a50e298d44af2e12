// 23 tokens -> 172
fn f(x: Option<u32>) -> impl ::core::future::Future<Output = Option<u32>> {
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
            if false {
                return ::hooks_runtime::__private::of_type::<Option<u32>>();
            }
            '__exit_scope: { Some(x? + 1) }
        },
    )
}
