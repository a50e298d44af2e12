// 13 tokens -> 119
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
    ::hooks_runtime::__private::exit_scope(__SITE, || -> u32 { x + 1 })
}
