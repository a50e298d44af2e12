// 13 tokens -> 109
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "lock_os_thread() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!(), "\nwhy"
    );
    {
        let __scope = ::hooks_runtime::__private::lock_os_thread(&__SITE).scope();
        '__lock_os_thread: { x + 1 }
    }
}
