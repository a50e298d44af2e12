// 26 tokens -> 195
fn f(route: &str, request: Request, size: usize) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "labeled(route,n,m,size:bytes,kind) ", ::core::module_path!(), "::f ",
        ::core::file!(), ":", ::core::line!()
    );
    {
        let __frame = ::hooks_runtime::__private::room();
        let __scope = __frame
            .enter_all(
                &__SITE,
                (
                    ::hooks_runtime::__private::text(route),
                    ::hooks_runtime::__private::display(&request.id),
                    ::hooks_runtime::__private::debug(&request.tenant()),
                    ::hooks_runtime::__private::value(&size),
                    ::hooks_runtime::__private::text("x"),
                ),
            );
        '__labeled: { request.run(route, size) }
    }
}
