// 13 tokens -> 120
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(slow=50ms) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __scope = (
            ::hooks_runtime::__private::region(&__SITE),
            ::hooks_runtime::__private::limit(&__SITE, 50000000u64),
        );
        '__region: { x + 1 }
    }
}
