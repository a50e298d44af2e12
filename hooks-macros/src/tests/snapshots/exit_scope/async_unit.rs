// 15 tokens -> 149
pub(crate) fn f(x: u32) -> impl ::core::future::Future<Output = ()> {
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
                return;
            }
            '__exit_scope: {
                drop(x);
            }
        },
    )
}
