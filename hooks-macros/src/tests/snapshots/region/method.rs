// 28 tokens -> 119
impl Counter {
    fn f(&mut self, x: u32) -> &mut u32 {
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static __SITE: &::core::primitive::str = ::core::concat!(
            "region() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
            ::core::line!()
        );
        {
            let __scope = ::hooks_runtime::__private::region(&__SITE);
            '__region: {
                self.count += x;
                &mut self.count
            }
        }
    }
}
