//! `#[exit_scope]`: what is refused, with which words and where, and what is emitted.

use super::ExitScope;
use crate::attribute::Attribute;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

const PLAIN: &str = "fn f(x: u32) -> u32 { x }";

type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Arguments, the fn, and every fault: the message's start, and the source it points at.
const REFUSED: &[Case<'_>] = &[
    ("token", PLAIN, &[("`token` takes the name", "token")]),
    ("token = 5", PLAIN, &[("`token` takes the name", "token")]),
    ("token = x", PLAIN, &[("an argument has this name", "x")]),
    ("name = \"task\"", PLAIN, &[("unknown option `name = ..`; options are `token", "name")]),
    ("token = a, token = b", PLAIN, &[("`token` is given twice", "token")]),
    ("future", PLAIN, &[("this fn does not visibly return a future", "future")]),
    ("future(x)", PLAIN, &[("unknown option `future(..)` (did you mean `future`?)", "future")]),
    ("", "fn f() -> impl Future<Output = u8> {}", &[("`f` returns a future", "f")]),
    ("", "async fn main() {}", &[("flushers run when the runtime has been shut down", "async")]),
    ("", "fn f() -> ! {}", &[("this fn never returns", "!")]),
    ("", "async fn f() -> ! {}", &[("this fn never returns", "!")]),
    ("token = t", "fn main() -> ! {}", &[("this fn never returns", "!")]),
    ("", "fn f(x: &str) -> &str {}", &[("`exit_task` hands the value out", "&str")]),
    ("", "async fn f(x: &str) -> Option<Cow<'_, str>> {}", &[("`exit_task` hands the value out", "'_")]),
    ("", "#[track_caller] fn f() {}", &[("`#[track_caller]` does not reach", "#[track_caller]")]),
    ("", "const fn f() {}", &[("a `const fn` has no run time", "const")]),
    ("", "fn f();", &[("this fn has no body", "f")]),
    ("", "struct S;", &[("this attribute goes on a fn", "struct")]),
    // Several at once.
    (
        "token, depth = 1",
        "const fn f() {}",
        &[("`token`", "token"), ("unknown", "depth"), ("a `const fn`", "const")],
    ),
];

#[test]
fn faults_are_told_at_their_tokens() {
    for (arguments, function, expected) in REFUSED {
        let faults = ExitScope::expand(tokens(arguments), tokens(function)).err().into_iter().flatten();
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
fn a_generic_method_with_a_token() {
    check(
        "token = task",
        "pub fn f<T: 'static>(&self, x: T) -> impl Iterator<Item = T> { task.exit(x) }",
        &expect![[r#"
            impl S {
                pub fn f<T: 'static>(&self, x: T) -> impl Iterator<Item = T> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    ::hooks_runtime::__private::exit_scope(
                        __SITE,
                        || -> _ {
                            let task = &::hooks_runtime::__private::exit_token::<_>();
                            '__exit_scope: { task.exit(x) }
                        },
                    )
                }
            }
        "#]],
    );
}

#[test]
fn a_task() {
    check(
        "",
        "async fn f(x: u32) -> u32 { g(x).await? }",
        &expect![[r#"
            impl S {
                fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    ::hooks_runtime::__private::exit_scope_future(
                        &__SITE,
                        async move {
                            let x = x;
                            if false {
                                return ::hooks_runtime::__private::of_type::<u32>();
                            }
                            '__exit_scope: { g(x).await? }
                        },
                    )
                }
            }
        "#]],
    );
}

#[test]
fn a_task_with_a_token() {
    check(
        "token = task",
        "async fn f() { task.exit(()) }",
        &expect![[r#"
            impl S {
                fn f() -> impl ::core::future::Future<Output = ()> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    ::hooks_runtime::__private::exit_scope_future(
                        &__SITE,
                        async move {
                            let task = &::hooks_runtime::__private::exit_token::<()>();
                            if false {
                                return;
                            }
                            '__exit_scope: { task.exit(()) }
                        },
                    )
                }
            }
        "#]],
    );
}

#[test]
fn a_future_built_by_hand() {
    check(
        "future",
        "fn f(x: u32) -> BoxFuture<'static, u32> { Box::pin(g(x)) }",
        &expect![[r#"
            impl S {
                fn f(x: u32) -> BoxFuture<'static, u32> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "exit_scope() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!()
                    );
                    #[cfg(panic = "abort")] ::hooks_runtime::__private::needs_unwinding();
                    let __future: BoxFuture<'static, u32> = match () {
                        () => '__exit_scope_future: {
                            Box::pin(g(x))
                        }
                    };
                    #[allow(unreachable_code)]
                    ::std::boxed::Box::pin(
                        ::hooks_runtime::__private::exit_scope_future(&__SITE, __future),
                    )
                }
            }
        "#]],
    );
}

#[test]
fn a_future_that_borrows_has_a_value_that_need_not() {
    let function = "fn f<'a>(&'a self) -> Pin<Box<dyn Future<Output = u32> + Send + 'a>> { g() }";
    assert!(ExitScope::expand(tokens("future"), tokens(function)).is_ok());
    assert!(ExitScope::expand(tokens("call"), tokens(function)).is_err());
}

#[test]
fn the_programs_main() {
    check(
        "",
        "fn main() -> Result<(), Error> { run()?; Ok(()) }",
        &expect![[r#"
        impl S {
            fn main() -> Result<(), Error> {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "exit_scope() ", ::core::module_path!(), "::main ", ::core::file!(), ":",
                    ::core::line!()
                );
                ::hooks_runtime::__private::exit_scope_main(
                    __SITE,
                    || -> Result<(), Error> {
                        run()?;
                        Ok(())
                    },
                    |__result| {
                        #[allow(unused_imports)]
                        use ::hooks_runtime::__private::UnknownStatus as _;
                        ::hooks_runtime::__private::Ended(__result).status()
                    },
                )
            }
        }
    "#]],
    );
}

#[test]
fn a_main_that_never_returns() {
    check(
        "crate = ::facade::rt",
        "fn main() -> ! { loop {} }",
        &expect![[r#"
        impl S {
            fn main() -> ! {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "exit_scope() ", ::core::module_path!(), "::main ", ::core::file!(), ":",
                    ::core::line!()
                );
                ::facade::rt::__private::exit_scope_main(
                    __SITE,
                    || -> ! { loop {} },
                    |__result| {
                        #[allow(unused_imports)]
                        use ::facade::rt::__private::UnknownStatus as _;
                        ::facade::rt::__private::Ended(__result).status()
                    },
                )
            }
        }
    "#]],
    );
}

#[test]
fn a_method_called_main_is_not_the_programs() {
    let expanded = ExitScope::expand(TokenStream::new(), tokens("fn main(&self) {}")).unwrap().to_string();
    assert!(expanded.contains("exit_scope (") && expanded.contains("panic = \"abort\""), "{expanded}");
}

fn check(arguments: &str, function: &str, expected: &Expect) {
    let expanded = ExitScope::expand(tokens(arguments), tokens(function)).expect(arguments);
    // In an `impl`, so that methods are read too.
    let file = syn::parse2(quote::quote!(impl S { #expanded })).expect(arguments);
    expected.assert_eq(&prettyplease::unparse(&file));
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect(text)
}
