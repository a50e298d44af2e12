// 14 tokens -> 198
fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::region_future(
        if ::hooks_runtime::__private::is_on() {
            ::hooks_runtime::__private::region_span_with(
                &__SITE,
                (::hooks_runtime::__private::value(&x),),
            )
        } else {
            ::hooks_runtime::__private::region_span_unseen(&__SITE)
        },
        async move {
            let x = x;
            let _ = x;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__region: { x + 1 }
        },
    )
}
