// 41 tokens -> 144
async fn f<'a, T>(x: u32, y: &'a T) -> Cow<'a, T>
where
    T: Show,
{
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "keep_alive(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!()
    );
    let __kept_alive;
    match () {
        () => {}
        #[allow(unreachable_patterns)]
        () => __kept_alive = ::hooks_runtime::__private::keep_alive_over_await(&x),
    }
    y.show(x).await
}
