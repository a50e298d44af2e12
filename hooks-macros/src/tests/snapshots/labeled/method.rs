// 28 tokens -> 137
impl Counter {
    fn f(&mut self, x: u32) -> &mut u32 {
        #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
        static __SITE: &::core::primitive::str = ::core::concat!(
            "labeled(x) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
            ::core::line!()
        );
        let scope = ::hooks_runtime::__private::value_scope(&__SITE, &x);
        let result: &mut u32 = {
            scope.enter();
            self.count += x;
            &mut self.count
        };
        #[allow(unreachable_code)] result
    }
}
