// 13 tokens -> 107
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!()
    );
    {
        let __scope = ::facade::rt::__private::task(&__SITE);
        '__task: { x + 1 }
    }
}
