//! `#[lock_os_thread(..)]`: what is refused, with which words and where, and what is emitted.

use super::{LockOsThread, with_reason};
use crate::attribute::Attribute;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

const PLAIN: &str = "fn f(x: u32) {}";
const REASON: &str = r#"reason = "why""#;

type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Arguments, the fn, and every fault: the message's start, and the source it points at.
const REFUSED: &[Case<'_>] = &[
    ("reason", PLAIN, &[("`reason` takes the sentence", "reason")]),
    ("reason = \"\"", PLAIN, &[("`reason` takes the sentence", "\"\"")]),
    ("reason = \"  \"", PLAIN, &[("`reason` takes the sentence", "\"  \"")]),
    ("reason = why()", PLAIN, &[("`reason` takes the sentence", "why()")]),
    ("reason = %\"why\"", PLAIN, &[("`reason` takes the sentence", "reason")]),
    ("restore", PLAIN, &[("name what the fn changes", "restore")]),
    ("restore()", PLAIN, &[("name what the fn changes", "restore")]),
    ("restore(mask)", PLAIN, &[("name what the fn changes", "mask")]),
    ("restore(nice = 1)", PLAIN, &[("name what the fn changes", "nice")]),
    ("restore(\"nice\")", PLAIN, &[("name what the fn changes", "\"nice\"")]),
    ("restore(nice, nice)", PLAIN, &[("`nice` is given twice", "nice")]),
    (
        "restore(namespaces, seccomp)",
        PLAIN,
        &[("this cannot be put back", "namespaces"), ("this cannot", "seccomp")],
    ),
    ("check", PLAIN, &[("`check` takes `\"full\"`", "check")]),
    ("check = \"half\"", PLAIN, &[("`check` takes `\"full\"`", "\"half\"")]),
    ("check = full", PLAIN, &[("`check` takes `\"full\"`", "full")]),
    ("token", PLAIN, &[("`token` takes the name", "token")]),
    ("token = 5", PLAIN, &[("`token` takes the name", "token")]),
    ("token = a.b", PLAIN, &[("`token` takes the name", "token")]),
    ("token = x", PLAIN, &[("an argument has this name", "x")]),
    ("thread", PLAIN, &[("`thread` takes the thread's name", "thread")]),
    ("thread = gl", PLAIN, &[("`thread` takes the thread's name", "gl")]),
    ("thread = \"\"", PLAIN, &[("`thread` takes the thread's name", "\"\"")]),
    ("thread = \"a b\"", PLAIN, &[("' ' may not stand in a thread's name", "\"a b\"")]),
    ("thread = \"a\\0\"", PLAIN, &[("'\\0' may not stand", "\"a\\0\"")]),
    ("thread = \"sixteen-letters-\"", PLAIN, &[("the system keeps 15 bytes", "\"sixteen-letters-\"")]),
    ("cpu", PLAIN, &[("`cpu` takes the number", "cpu")]),
    ("cpu = \"2\"", PLAIN, &[("`cpu` takes the number", "\"2\"")]),
    ("cpu(2)", PLAIN, &[("`cpu` takes the number", "cpu")]),
    ("cores = 2", PLAIN, &[("unknown option `cores = ..`; options are `reason", "cores")]),
    ("future(x)", PLAIN, &[("unknown option `future(..)` (did you mean `future`?); options", "future")]),
    ("futur", PLAIN, &[("unknown option `futur` (did you mean `future`?); options are `reason", "futur")]),
    ("tread = \"gl\"", PLAIN, &[("unknown option `tread = ..` (did you mean `thread`?)", "tread")]),
    ("future", PLAIN, &[("this fn does not visibly return a future", "future")]),
    ("cpu = 1, cpu = 2", PLAIN, &[("`cpu` is given twice", "cpu")]),
    ("", "fn f() -> impl Future<Output = u8> {}", &[("`f` returns a future", "f")]),
    ("", "const fn f() {}", &[("a `const fn` has no run time", "const")]),
    ("", "fn f();", &[("this fn has no body", "f")]),
    ("", "struct S;", &[("this attribute goes on a fn", "struct")]),
    ("", "async fn f(&self) {}", &[("an async body runs on a thread of its own", "&self")]),
    (
        "",
        "async fn f(self: &Arc<Self>) {}",
        &[("an async body runs on a thread of its own", "self: &Arc<Self>")],
    ),
    (
        "",
        "async fn f(self: Pin<&mut Self>) {}",
        &[("an async body runs on a thread of its own", "self: Pin<&mut Self>")],
    ),
    ("", "async fn f(a: &str, b: Cow<'_, str>) {}", &[("an async body", "&str"), ("an async body", "'_")]),
    (
        "future",
        "fn f(a: &u8) -> BoxFuture<'_, u8> {}",
        &[("an async body runs on a thread of its own", "&u8")],
    ),
    // Several at once.
    ("reason = \"\", cpu, check = 1", PLAIN, &[("`reason`", "\"\""), ("`cpu`", "cpu"), ("`check`", "1")]),
];

#[test]
fn faults_are_told_at_their_tokens() {
    for (arguments, function, expected) in REFUSED {
        let faults = LockOsThread::expand(tokens(arguments), tokens(function)).err().into_iter().flatten();
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
fn the_message_about_a_borrow_names_what_to_take_instead() {
    for (ty, instead) in [
        ("&str", "take a `String`"),
        ("&'a [u8]", "take a `Vec<u8>`"),
        ("&mut Vec<Option<u8>>", "take `Vec<Option<u8>>` by value, or `Arc<Vec<Option<u8>>>`"),
        ("Cow<'_, str>", "take an owned value"),
    ] {
        let fault = LockOsThread::expand(TokenStream::new(), tokens(&format!("async fn f(a: {ty}) {{}}")))
            .unwrap_err();
        assert!(fault.to_string().ends_with(instead), "{ty}: {fault}");
    }
    let fault = LockOsThread::expand(TokenStream::new(), tokens("async fn f(&mut self) {}")).unwrap_err();
    assert!(fault.to_string().contains("`self: Arc<Self>`"));
}

#[test]
fn a_reason_is_wanted_by_the_strict_one_alone() {
    assert!(LockOsThread::expand(TokenStream::new(), tokens(PLAIN)).is_ok());
    let fault = |arguments: &str| with_reason(tokens(arguments), tokens(PLAIN)).unwrap_err().to_string();
    assert!(fault("restore(nice)").contains("add `reason = \"..\"`"));
    assert!(!fault("restore(nixe)").contains("add `reason"), "what is wrong otherwise is told first");
    let expanded = LockOsThread::expand(tokens(REASON), tokens(PLAIN)).unwrap();
    assert_eq!(with_reason(tokens(REASON), tokens(PLAIN)).unwrap().to_string(), expanded.to_string());
}

#[test]
fn sync_in_place() {
    check(
        "restore(signal_mask, nice), token = t, check = \"full\", cpu = 2",
        "fn f(x: u32) -> u32 { x + 1 }",
        &expect![[r#"
            impl S {
                fn f(x: u32) -> u32 {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "lock_os_thread(restore=signal_mask+nice,check=full,cpu=2) ",
                        ::core::module_path!(), "::f ", ::core::file!(), ":", ::core::line!(),
                        "\nwhy"
                    );
                    {
                        let __scope = ::hooks_runtime::__private::lock_os_thread(&__SITE)
                            .restore_signal_mask()
                            .restore_nice()
                            .check_full()
                            .cpu(2)
                            .scope();
                        let t = __scope.token();
                        '__lock_os_thread: { x + 1 }
                    }
                }
            }
        "#]],
    );
}

#[test]
fn sync_on_a_named_thread() {
    check(
        "thread = \"gl\", token = t",
        "fn f(&mut self, (a, b): (u8, u8)) -> Option<&u32> { self.x?; None }",
        &expect![[r#"
            impl S {
                fn f(&mut self, argument1: (u8, u8)) -> Option<&u32> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "lock_os_thread(thread=gl) ", ::core::module_path!(), "::f ",
                        ::core::file!(), ":", ::core::line!(), "\nwhy"
                    );
                    ::hooks_runtime::__private::sent(&self);
                    ::hooks_runtime::__private::sent(&argument1);
                    ::hooks_runtime::__private::lock_os_thread(&__SITE)
                        .named("gl")
                        .wait(move || -> Option<&u32> {
                            let __locked = ::hooks_runtime::__private::token();
                            let t = &__locked;
                            let _ = &self;
                            let argument1 = argument1;
                            let (a, b) = argument1;
                            '__lock_os_thread: {
                                self.x?;
                                None
                            }
                        })
                }
            }
        "#]],
    );
}

#[test]
fn asynchronous() {
    check(
        "restore(name)",
        "async fn f(mut x: u32) -> u32 { x }",
        &expect![[r#"
            impl S {
                fn f(x: u32) -> impl ::core::future::Future<Output = u32> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "lock_os_thread(restore=name) ", ::core::module_path!(), "::f ",
                        ::core::file!(), ":", ::core::line!(), "\nwhy"
                    );
                    ::hooks_runtime::__private::carried(&x);
                    ::hooks_runtime::__private::lock_os_thread(&__SITE)
                        .restore_name()
                        .future(move || async move {
                            let mut x = x;
                            if false {
                                return ::hooks_runtime::__private::of_type::<u32>();
                            }
                            '__lock_os_thread: { x }
                        })
                }
            }
        "#]],
    );
}

#[test]
fn asynchronous_on_the_main_thread_with_a_token() {
    check(
        "thread = \"main\", token = t",
        "async fn f(self: Arc<Self>) { draw(t) }",
        &expect![[r#"
            impl S {
                fn f(self: Arc<Self>) -> impl ::core::future::Future<Output = ()> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "lock_os_thread(thread=main) ", ::core::module_path!(), "::f ",
                        ::core::file!(), ":", ::core::line!(), "\nwhy"
                    );
                    ::hooks_runtime::__private::carried(&self);
                    ::hooks_runtime::__private::lock_os_thread(&__SITE)
                        .main()
                        .future(move || async move {
                            let __locked = ::hooks_runtime::__private::token();
                            let t = &__locked;
                            let _ = &self;
                            if false {
                                return;
                            }
                            '__lock_os_thread: { draw(t) }
                        })
                }
            }
        "#]],
    );
}

#[test]
fn a_future_built_by_hand() {
    check(
        "future",
        "fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(g(x)) }",
        &expect![[r#"
            impl S {
                fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
                    #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                    static __SITE: &::core::primitive::str = ::core::concat!(
                        "lock_os_thread() ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                        ::core::line!(), "\nwhy"
                    );
                    ::hooks_runtime::__private::carried(&x);
                    ::std::boxed::Box::pin(
                        ::hooks_runtime::__private::lock_os_thread(&__SITE)
                            .future(move || async move {
                                let x = x;
                                let __future: Pin<Box<dyn Future<Output = u32> + Send>> = match () {
                                    () => '__lock_os_thread_future: {
                                        Box::pin(g(x))
                                    }
                                };
                                #[allow(unreachable_code)] __future.await
                            }),
                    )
                }
            }
        "#]],
    );
}

fn check(arguments: &str, function: &str, expected: &Expect) {
    let separator = if arguments.is_empty() { "" } else { ", " };
    let expanded = LockOsThread::expand(tokens(&format!("{arguments}{separator}{REASON}")), tokens(function));
    let expanded = expanded.expect(arguments);
    // In an `impl`, so that methods are read too.
    let file = syn::parse2(quote::quote!(impl S { #expanded })).expect(arguments);
    expected.assert_eq(&prettyplease::unparse(&file));
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect(text)
}
