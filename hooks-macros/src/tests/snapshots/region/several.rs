// 19 tokens -> 198
fn f(request: Request, size: usize) -> u32 {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "region(name=db.query,n,m,size:bytes,slow=1m) ", ::core::module_path!(), "::f ",
        ::core::file!(), ":", ::core::line!()
    );
    {
        let __scope = (
            if ::hooks_runtime::__private::is_on() {
                ::hooks_runtime::__private::region_with(
                    &__SITE,
                    (
                        ::hooks_runtime::__private::display(&request.id),
                        ::hooks_runtime::__private::debug(&request.tenant()),
                        ::hooks_runtime::__private::value(&size),
                    ),
                )
            } else {
                ::hooks_runtime::__private::region_unseen(&__SITE)
            },
            ::hooks_runtime::__private::limit(&__SITE, 60000000000u64),
        );
        '__region: { request.run(size) }
    }
}
