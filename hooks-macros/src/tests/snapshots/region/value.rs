// 13 tokens -> 145
fn f(x: u32) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    {
        let __scope = if ::hooks_runtime::__private::is_on() {
            ::hooks_runtime::__private::region_with(
                &__SITE,
                (::hooks_runtime::__private::value(&x),),
            )
        } else {
            ::hooks_runtime::__private::region_unseen(&__SITE)
        };
        '__region: { x + 1 }
    }
}
