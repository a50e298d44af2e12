// 31 tokens -> 198
impl Counter {
    fn f(self: Arc<Self>, x: u32) -> impl ::core::future::Future<Output = u32> {
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static __SITE: &::core::primitive::str = ::core::concat!(
            "lock_os_thread() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
            ::core::line!(), "\nwhy"
        );
        ::hooks_runtime::__private::carried(&self);
        ::hooks_runtime::__private::carried(&x);
        ::hooks_runtime::__private::lock_os_thread(&__SITE)
            .future(move || async move {
                let _ = &self;
                let mut x = x;
                if false {
                    return ::hooks_runtime::__private::of_type::<u32>();
                }
                '__lock_os_thread: {
                    x += 1;
                    self.add(x).await
                }
            })
    }
}
