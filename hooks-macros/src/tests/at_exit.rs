//! `#[at_exit(..)]`: what is refused, with which words and where, and what is emitted.

use super::AtExit;
use crate::attribute::Attribute;
use expect_test::expect;
use proc_macro2::TokenStream;

const PLAIN: &str = "fn f() {}";

type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Arguments, the fn, and every fault: the message's start, and the source it points at.
const REFUSED: &[Case<'_>] = &[
    ("order", PLAIN, &[("`order` takes a whole number", "order")]),
    ("order = \"1\"", PLAIN, &[("`order` takes a whole number", "\"1\"")]),
    ("order = 1.5", PLAIN, &[("`order` takes a whole number", "1.5")]),
    ("order = %1", PLAIN, &[("`order` takes a whole number", "order")]),
    ("timeout", PLAIN, &[("`timeout` takes a whole number and a unit", "timeout")]),
    ("timeout = 2", PLAIN, &[("`timeout` takes a whole number and a unit", "2")]),
    ("timeout = \"2\"", PLAIN, &[("`timeout` takes a whole number and a unit", "\"2\"")]),
    ("timeout = \"2 s\"", PLAIN, &[("`timeout` takes a whole number and a unit", "\"2 s\"")]),
    ("timeout = \"0ms\"", PLAIN, &[("`timeout` is longer than nothing", "\"0ms\"")]),
    ("timeout(2)", PLAIN, &[("`timeout` takes a whole number and a unit", "timeout")]),
    ("before = logs", PLAIN, &[("unknown option `before = ..`; options are `order", "before")]),
    ("order = 1, order = 2", PLAIN, &[("`order` is given twice", "order")]),
    ("", "fn f(x: u32) {}", &[("nobody has arguments for a flusher", "x: u32")]),
    ("", "fn f(&self) {}", &[("nobody has arguments for a flusher", "&self")]),
    ("", "fn f<T>() {}", &[("nobody says which type", "T")]),
    ("", "fn f<const N: usize>() {}", &[("nobody says which type", "const N: usize")]),
    ("", "async fn f() {}", &[("there is no runtime left", "async")]),
    ("", "unsafe fn f() {}", &[("nobody argues the safety", "unsafe")]),
    ("", "const fn f() {}", &[("a `const fn` has no run time", "const")]),
    ("", "fn f();", &[("this fn has no body", "f")]),
    ("", "struct S;", &[("this attribute goes on a fn", "struct")]),
    // As the first leaves it.
    ("", "fn f() { static __SITE: &str = \"\"; '__at_exit: {} }", &[("a flusher is registered once", "")]),
    // Several at once.
    (
        "order, timeout",
        "async fn f(x: u8) {}",
        &[
            ("`order`", "order"),
            ("`timeout`", "timeout"),
            ("nobody has", "x: u8"),
            ("there is no runtime", "async"),
        ],
    ),
];

#[test]
fn faults_are_told_at_their_tokens() {
    for (arguments, function, expected) in REFUSED {
        let faults = AtExit::expand(tokens(arguments), tokens(function)).err().into_iter().flatten();
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
fn a_flusher() {
    let flusher = "/// Words.\n#[labeled(x)] pub(crate) fn flush() -> io::Result<()> { #![allow(x)] sync() }";
    let expanded = AtExit::expand(tokens("order = -10, timeout = \"1m\""), tokens(flusher)).unwrap();
    expect![[r#"
        /// Words.
        #[labeled(x)]
        pub(crate) fn flush() -> io::Result<()> {
            #![allow(x)]
            #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
            static __SITE: &::core::primitive::str = ::core::concat!(
                "at_exit(order=-10,timeout=1m) ", ::core::module_path!(), "::flush ",
                ::core::file!(), ":", ::core::line!()
            );
            const _: () = {
                ::hooks_runtime::__private::submit! {
                    ::hooks_runtime::__private::Entry::new(& __SITE, - 10, 60000u64, ||
                    ::hooks_runtime::__private::failure(flush()))
                }
            };
            '__at_exit: { sync() }
        }
    "#]]
    .assert_eq(&prettyplease::unparse(&syn::parse2(expanded).unwrap()));
}

#[test]
fn what_is_not_said_has_defaults_and_the_site_says_what_is() {
    let cases = [
        ("", "\"at_exit() \"", "& __SITE , 0 , 5000u64 ,"),
        ("order = LOGS", "\"at_exit(order) \"", "& __SITE , LOGS , 5000u64 ,"),
        ("timeout = \"1500ms\"", "\"at_exit(timeout=1500ms) \"", "& __SITE , 0 , 1500u64 ,"),
        (
            "crate = ::facade::rt, order = 3",
            "\"at_exit(order=3) \"",
            ":: facade :: rt :: __private :: submit",
        ),
    ];
    for (arguments, site, call) in cases {
        let expanded = AtExit::expand(tokens(arguments), tokens(PLAIN)).unwrap().to_string();
        assert!(expanded.contains(site) && expanded.contains(call), "{arguments}: {expanded}");
    }
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect(text)
}
