// 30 tokens -> 184
impl Counter {
    fn f(&mut self, x: u32) -> impl ::core::future::Future<Output = &mut u32> {
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static __SITE: &::core::primitive::str = ::core::concat!(
            "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
            ::core::line!()
        );
        ::hooks_runtime::__private::labeled_future(
            ::hooks_runtime::__private::frame(&__SITE, &x),
            async move {
                let _ = &self;
                let mut x = x;
                let _ = x;
                if false {
                    return ::hooks_runtime::__private::of_type::<&mut u32>();
                }
                '__labeled: {
                    x += 1;
                    self.add(x).await
                }
            },
        )
    }
}
