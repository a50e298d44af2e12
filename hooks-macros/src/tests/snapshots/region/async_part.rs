// 20 tokens -> 244
fn f(argument0: (u32, u32)) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::region_future(
        '__values: {
            #[allow(unused_variables, unreachable_code, unreachable_patterns)]
            match argument0 {
                (
                    x,
                    y,
                ) if {
                    break '__values if ::hooks_runtime::__private::is_on() {
                        ::hooks_runtime::__private::region_span_with(
                            &__SITE,
                            (::hooks_runtime::__private::value(&x),),
                        )
                    } else {
                        ::hooks_runtime::__private::region_span_unseen(&__SITE)
                    }
                } => loop {}
                _ => loop {}
            }
        },
        async move {
            let argument0 = argument0;
            let (x, y) = argument0;
            let _ = x;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__region: { x + y }
        },
    )
}
