// 31 tokens -> 202
fn f(
    argument0: (u32, [u32; 2]),
    argument1: u32,
) -> impl ::core::future::Future<Output = u32> {
    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
    static __SITE: &::core::primitive::str = ::core::concat!(
        "lock_os_thread() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
        ::core::line!(), "\nwhy"
    );
    ::hooks_runtime::__private::carried(&argument0);
    ::hooks_runtime::__private::carried(&argument1);
    ::hooks_runtime::__private::lock_os_thread(&__SITE)
        .future(move || async move {
            let argument0 = argument0;
            let (x, [y, ..]) = argument0;
            let __argument = argument1;
            if false {
                return ::hooks_runtime::__private::of_type::<u32>();
            }
            '__lock_os_thread: { x + y }
        })
}
