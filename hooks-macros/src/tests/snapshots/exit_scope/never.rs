// 10 tokens -> 135
fn main() -> ! {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "exit_scope() ", ::core::module_path!(), "::main ", ::core::file!(), ":",
        ::core::line!()
    );
    ::hooks_runtime::__private::exit_scope_main(
        __SITE,
        || -> ! { panic!() },
        |__result| {
            #[allow(unused_imports)]
            use ::hooks_runtime::__private::UnknownStatus as _;
            ::hooks_runtime::__private::Ended(__result).status()
        },
    )
}
