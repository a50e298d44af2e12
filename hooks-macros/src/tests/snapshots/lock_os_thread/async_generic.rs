// 32 tokens -> 201
fn f<T>(x: u32, y: T) -> impl ::core::future::Future<Output = Option<T>>
where
    T: Show,
{
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "lock_os_thread() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!(), "\nwhy"
    );
    ::hooks_runtime::__private::carried(&x);
    ::hooks_runtime::__private::carried(&y);
    ::hooks_runtime::__private::lock_os_thread(&__SITE)
        .future(move || async move {
            let x = x;
            let y = y;
            if false {
                return ::hooks_runtime::__private::of_type::<Option<T>>();
            }
            '__lock_os_thread: { y.show(x).await }
        })
}
