//! What `#[keep_alive(..)]` expands to.
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes the strings")]

use super::KeepAlive;
use crate::attribute::Attribute;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

fn expanded(arguments: &str, item: &str) -> String {
    let (arguments, item): (TokenStream, TokenStream) =
        (arguments.parse().expect("tokens"), item.parse().expect("tokens"));
    let tokens = KeepAlive::expand(arguments, item).unwrap_or_else(syn::Error::into_compile_error);
    let file: syn::File = syn::parse2(tokens).expect("an item");
    prettyplease::unparse(&file)
}

#[allow(clippy::needless_pass_by_value, reason = "as `expect!` is used")]
fn check(arguments: &str, item: &str, expect: Expect) {
    expect.assert_eq(&expanded(arguments, item));
}

#[test]
fn an_argument_is_borrowed_before_the_body() {
    check(
        "buf",
        "fn send(buf: Vec<u8>) -> usize { buf.len() }",
        expect![[r#"
            fn send(buf: Vec<u8>) -> usize {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "keep_alive(buf) ", ::core::module_path!(), "::send ", ::core::file!(), ":",
                    ::core::line!()
                );
                let __kept_alive;
                match () {
                    () => {}
                    #[allow(unreachable_patterns)]
                    () => __kept_alive = ::hooks_runtime::__private::keep_alive(&buf),
                }
                buf.len()
            }
        "#]],
    );
}

#[test]
fn what_may_change_is_seen_through_a_reference() {
    check(
        "mut buf",
        "fn fill(mut buf: Vec<u8>) -> usize { buf.push(1); buf.len() }",
        expect![[r#"
            fn fill(mut buf: Vec<u8>) -> usize {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "keep_alive(mut buf) ", ::core::module_path!(), "::fill ", ::core::file!(), ":",
                    ::core::line!()
                );
                #[allow(unused_mut)]
                let mut buf = &mut buf;
                buf.push(1);
                buf.len()
            }
        "#]],
    );
}

#[test]
fn a_reference_is_reborrowed() {
    check(
        "mut buf",
        "fn fill(buf: &mut [u8]) -> &mut [u8] { buf }",
        expect![[r#"
            fn fill(buf: &mut [u8]) -> &mut [u8] {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "keep_alive(mut buf) ", ::core::module_path!(), "::fill ", ::core::file!(), ":",
                    ::core::line!()
                );
                let buf = &mut *buf;
                buf
            }
        "#]],
    );
}

#[test]
fn an_async_fn_stays_one() {
    check(
        "buf, mut out",
        "async fn send(buf: Vec<u8>, mut out: Vec<u8>) { work(&buf, &mut out).await }",
        expect![[r#"
            async fn send(buf: Vec<u8>, mut out: Vec<u8>) {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "keep_alive(buf,mut out) ", ::core::module_path!(), "::send ", ::core::file!(),
                    ":", ::core::line!()
                );
                let __kept_alive;
                match () {
                    () => {}
                    #[allow(unreachable_patterns)]
                    () => __kept_alive = ::hooks_runtime::__private::keep_alive_over_await(&buf),
                }
                #[allow(unused_mut)]
                let mut out = ::hooks_runtime::__private::keep_alive_mut_over_await(&mut out);
                work(&buf, &mut *out).await
            }
        "#]],
    );
}

#[test]
fn a_future_built_by_hand_holds_its_own() {
    check(
        "buf, future",
        "fn send(buf: Vec<u8>) -> impl Future<Output = usize> { async move { let buf = buf; buf.len() } }",
        expect![[r#"
            fn send(buf: Vec<u8>) -> impl Future<Output = usize> {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "keep_alive(buf) ", ::core::module_path!(), "::send ", ::core::file!(), ":",
                    ::core::line!()
                );
                async move {
                    let buf = buf;
                    let __kept_alive;
                    match () {
                        () => {}
                        #[allow(unreachable_patterns)]
                        () => __kept_alive = ::hooks_runtime::__private::keep_alive_owned(&buf),
                    }
                    buf.len()
                }
            }
        "#]],
    );
}

/// As an attribute above has moved the argument into the future, whatever this one is called there.
#[test]
fn below_another_it_stands_where_the_body_is() {
    let item = "#[pinned(buf)] async fn send(buf: Vec<u8>, x: u8) -> usize { buf.len() }";
    let tokens = crate::labeled::Labeled::expand("x".parse().expect("tokens"), item.parse().expect("tokens"));
    let mut rest: syn::ItemFn = syn::parse2(tokens.expect("expands")).expect("a fn");
    assert!(rest.attrs.remove(0).path().is_ident("pinned"));
    check(
        "buf",
        &quote::quote!(#rest).to_string(),
        expect![[r#"
            async fn send(buf: Vec<u8>, x: u8) -> usize {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "labeled(x) ", ::core::module_path!(), "::send ", ::core::file!(), ":",
                    ::core::line!()
                );
                ::hooks_runtime::__private::labeled_future(
                        ::hooks_runtime::__private::frame(&__SITE, &x),
                        async move {
                            let buf = buf;
                            let _ = buf;
                            let x = x;
                            let _ = x;
                            if false {
                                return ::hooks_runtime::__private::of_type::<usize>();
                            }
                            {
                                #[cfg_attr(
                                    target_os = "linux",
                                    used,
                                    unsafe(link_section = "hooks_sites")
                                )]
                                static __SITE: &::core::primitive::str = ::core::concat!(
                                    "keep_alive(buf) ", ::core::module_path!(), "::send ",
                                    ::core::file!(), ":", ::core::line!()
                                );
                                let __kept_alive;
                                match () {
                                    () => {}
                                    #[allow(unreachable_patterns)]
                                    () => {
                                        __kept_alive = ::hooks_runtime::__private::keep_alive_owned(
                                            &buf,
                                        );
                                    }
                                }
                                '__labeled: { buf.len() }
                            }
                        },
                    )
                    .await
            }
        "#]],
    );
}

/// Only a block that an attribute has written is stood inside of: one of the user's ends before the body does.
#[test]
fn a_label_of_the_users_is_not_taken_for_an_attribute() {
    for label in ["'__retry", "'__labeled_by_me", "'retry"] {
        let item = format!("fn send(buf: Vec<u8>) {{ {label}: {{ try_it(&buf); }} drop(buf); }}");
        let emitted = expanded("buf", &item);
        assert!(emitted.starts_with("fn send(buf: Vec<u8>) {\n    #[cfg_attr("), "{emitted}");
    }
}
