// 20 tokens -> 181
fn f(x: u32) -> impl Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __frame = if ::hooks_runtime::__private::is_on() {
        ::hooks_runtime::__private::region_span_with(
            &__SITE,
            (::hooks_runtime::__private::value(&x),),
        )
    } else {
        ::hooks_runtime::__private::region_span_unseen(&__SITE)
    };
    let __future: _ = match () {
        () => '__region_future: {
            async move { x }
        }
    };
    #[allow(unreachable_code)]
    ::hooks_runtime::__private::region_future(__frame, __future)
}
