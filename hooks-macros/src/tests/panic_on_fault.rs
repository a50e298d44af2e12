//! `#[panic_on_fault(..)]`: what is refused, with which words and where, and what is emitted.

use super::PanicOnFault;
use crate::attribute::Attribute;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

const PLAIN: &str = "fn f(map: &GuardedMap) -> u8 { map.get(0).unwrap() }";

type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Arguments, the fn, and every fault: the message's start, and the source it points at.
const REFUSED: &[Case<'_>] = &[
    ("", PLAIN, &[("`#[panic_on_fault(..)]` needs a map; maps are", "")]),
    ("call", "fn f() -> impl Future<Output = u8> {}", &[("`#[panic_on_fault(..)]` needs a map", "")]),
    ("map, map", PLAIN, &[("`map` is given twice", "map")]),
    ("self.map, other, self . map", PLAIN, &[("`self.map` is given twice", "self . map")]),
    ("mut map", PLAIN, &[("a map is shared, and written through `write_at`", "mut")]),
    ("\"map\"", PLAIN, &[("this is no map; maps are", "\"map\"")]),
    ("mode = \"slice\"", PLAIN, &[("a map is a slice where the body asks for it", "mode")]),
    ("map, slice = true", PLAIN, &[("unknown option `slice = ..`; maps are", "slice")]),
    ("map, crate = facade", PLAIN, &[("`crate` takes an absolute path", "facade")]),
    ("map, future", PLAIN, &[("this fn does not visibly return a future", "future")]),
    ("map", "fn f() -> impl Future<Output = u8> {}", &[("`f` returns a future", "f")]),
    ("map", "const fn f() {}", &[("a `const fn` has no run time", "const")]),
    ("map", "fn f();", &[("this fn has no body", "f")]),
    ("map", "struct S;", &[("this attribute goes on a fn", "struct")]),
    // Several at once.
    (
        "map, map, mut x, 5",
        "const fn f() {}",
        &[
            ("a map is shared", "mut"),
            ("this is no map", "5"),
            ("`map` is given twice", "map"),
            ("a `const fn`", "const"),
        ],
    ),
];

#[test]
fn faults_are_told_at_their_tokens() {
    for (arguments, function, expected) in REFUSED {
        let faults = PanicOnFault::expand(tokens(arguments), tokens(function)).err().into_iter().flatten();
        let faults: Vec<_> =
            faults.map(|fault| (fault.to_string(), fault.span().source_text().unwrap_or_default())).collect();
        assert_eq!(faults.len(), expected.len(), "{arguments} on {function}: {faults:?}");
        for ((message, place), (start, at)) in faults.iter().zip(*expected) {
            assert!(message.starts_with(start), "{arguments} on {function}: {message}");
            assert_eq!(place, at, "{arguments} on {function}: {message}");
        }
    }
}

#[test]
fn sync() {
    check(
        "map",
        PLAIN,
        &expect![[r#"
            impl S {
                fn f(map: &GuardedMap) -> u8 {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "panic_on_fault(map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    {
                        let __maps = ::hooks_runtime::__private::panic_on_fault([&map]);
                        let __scope = __maps.enter();
                        '__panic_on_fault: { map.get(0).unwrap() }
                    }
                }
            }
        "#]],
    );
}

#[test]
fn several_maps_of_a_facade() {
    check(
        "self.map, *tables::of(1, 2), crate = ::facade::rt",
        "fn f(&self) -> u8 { self.map.get(0).unwrap() }",
        &expect![[r#"
            impl S {
                fn f(&self) -> u8 {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "panic_on_fault(self.map,*tables::of) ", ::core::module_path!(), "::f ",
                        ::core::file!(), ":", ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::facade::rt::__private::needs_unwinding();
                    {
                        let __maps = ::facade::rt::__private::panic_on_fault([
                            &self.map,
                            &*tables::of(1, 2),
                        ]);
                        let __scope = __maps.enter();
                        '__panic_on_fault: { self.map.get(0).unwrap() }
                    }
                }
            }
        "#]],
    );
}

#[test]
fn asynchronous() {
    check(
        "map",
        "async fn f((map, x): (Arc<GuardedMap>, u8)) -> u8 { x }",
        &expect![[r#"
            impl S {
                fn f(argument0: (Arc<GuardedMap>, u8)) -> impl ::core::future::Future<Output = u8> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "panic_on_fault(map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    #[allow(clippy::diverging_sub_expression)]
                    let __maps = '__values: {
                        #[allow(unused_variables, unreachable_code, unreachable_patterns)]
                        match argument0 {
                            (
                                map,
                                x,
                            ) if {
                                break '__values ::hooks_runtime::__private::panic_on_fault([&map])
                            } => loop {}
                            _ => loop {}
                        }
                    };
                    ::hooks_runtime::__private::panic_on_fault_future(
                        &__SITE,
                        __maps,
                        async move {
                            let argument0 = argument0;
                            let (map, x) = argument0;
                            let _ = map;
                            if false {
                                return ::hooks_runtime::__private::of_type::<u8>();
                            }
                            '__panic_on_fault: { x }
                        },
                    )
                }
            }
        "#]],
    );
}

#[test]
fn returned_future() {
    check(
        "map, future",
        "fn f(map: Arc<GuardedMap>) -> BoxFuture<'static, u8> { Box::pin(async move { 1 }) }",
        &expect![[r#"
            impl S {
                fn f(map: Arc<GuardedMap>) -> BoxFuture<'static, u8> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "panic_on_fault(map) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    let __maps = ::hooks_runtime::__private::panic_on_fault([&map]);
                    let __future: BoxFuture<'static, u8> = match () {
                        () => '__panic_on_fault_future: {
                            Box::pin(async move { 1 })
                        }
                    };
                    #[allow(unreachable_code)]
                    ::std::boxed::Box::pin(
                        ::hooks_runtime::__private::panic_on_fault_future(&__SITE, __maps, __future),
                    )
                }
            }
        "#]],
    );
}

fn check(arguments: &str, function: &str, expected: &Expect) {
    let expanded = PanicOnFault::expand(tokens(arguments), tokens(function)).expect("it is accepted");
    let in_impl = quote::quote!(impl S { #expanded });
    expected.assert_eq(&prettyplease::unparse(&syn::parse2(in_impl).expect("it parses")));
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the tables' texts tokenize")
}
