// 30 tokens -> 166
impl Counter {
    fn f(&mut self, x: u32) -> impl ::core::future::Future<Output = &mut u32> {
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static __SITE: &::core::primitive::str = ::core::concat!(
            "task() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
            ::core::line!()
        );
        ::hooks_runtime::__private::task_future(
            &__SITE,
            async move {
                let _ = &self;
                let mut x = x;
                if false {
                    return ::hooks_runtime::__private::of_type::<&mut u32>();
                }
                '__task: {
                    x += 1;
                    self.add(x).await
                }
            },
        )
    }
}
