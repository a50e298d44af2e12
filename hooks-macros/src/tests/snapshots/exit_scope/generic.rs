// 32 tokens -> 141
fn f<T: Show + ?Sized>(x: &T) -> Option<impl Iterator<Item = String>> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    ::hooks_runtime::__private::exit_scope(__SITE, || -> Option<_> { x.show() })
}
