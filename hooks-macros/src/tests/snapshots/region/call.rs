// 20 tokens -> 111
fn f(x: u32) -> impl Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __scope = ::hooks_runtime::__private::region(&__SITE);
        '__region: { async move { x } }
    }
}
