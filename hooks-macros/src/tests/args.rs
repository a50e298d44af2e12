//! The grammar as a table: what is accepted and how it is understood, what is refused, with which words and where.

use crate::faults::Faults;
use crate::options::{Argument, Runtime, Sigil, Value, parse, refuse_duplicates};
use proc_macro2::TokenStream;
use quote::ToTokens;

/// Input, and what was understood of it: one `key[ident]` or `key` (no identifier) with its value an entry.
const GOOD: &[(&str, &str)] = &[
    ("", ""),
    ("route", "[route]"),
    ("route,", "[route]"),
    ("route, tenant", "[route] / [tenant]"),
    ("r#type", "[type]"),
    ("self", "[self]"),
    ("crate = ::a::b", "[crate] = :: a :: b"),
    ("route = \"/x\"", "[route] = \"/x\""),
    ("route = %x", "[route] Display x"),
    ("route = ?x.y", "[route] Debug x . y"),
    ("route = ?&x", "[route] Debug & x"),
    ("route = % &x", "[route] Display & x"),
    ("http.route = x", "http.route = x"),
    ("http.route", "http.route"),
    ("a.type.self = x", "a.type.self = x"),
    ("\"http route\" = x", "http route = x"),
    ("n = a + b * 2", "[n] = a + b * 2"),
    ("n = f(a, b), m", "[n] = f (a , b) / [m]"),
    ("n = if a { 1 } else { 2 }", "[n] = if a { 1 } else { 2 }"),
    ("n = |x| x", "[n] = | x | x"),
    ("n = x as u64, m = a::<u8, u8>()", "[n] = x as u64 / [m] = a :: < u8 , u8 > ()"),
    ("n = (1, 2)", "[n] = (1 , 2)"),
    ("unit(size = \"bytes\")", "[unit](size = \"bytes\")"),
    ("unit()", "[unit]()"),
    ("future", "[future]"),
];

/// Input, and every fault: the message's start, and the source it points at.
const BAD: &[(&str, &[(&str, &str)])] = &[
    ("%x", &[("a value needs a key: write `x = %x`", "%")]),
    ("?req.id", &[("a value needs a key: write `id = ?req.id`", "?")]),
    ("%(1)", &[("a value needs a key: write `key = %(1)`", "%")]),
    ("a, %b, c", &[("a value needs a key: write `b = %b`", "%")]),
    ("5", &[("expected a key: a name like `route`", "5")]),
    ("= x", &[("expected a key", "=")]),
    (", a", &[("expected a key", ",")]),
    ("a,, b", &[("expected a key", ",")]),
    ("{ a }", &[("expected a key", "{")]),
    ("&a", &[("expected a key", "&")]),
    ("a b", &[("expected `,`", "b")]),
    ("a [b]", &[("expected `,`", "[")]),
    ("a = 1 b", &[("expected `,`", "b")]),
    ("a = 1; b = 2", &[("expected `,`", ";")]),
    ("a::b", &[("expected `,`", ":")]),
    ("a =", &[("expected an expression after `=`", "=")]),
    ("a = , b", &[("expected an expression after `=`", "=")]),
    ("a = %", &[("expected an expression after `=`", "=")]),
    ("a = %, b", &[("expected an expression after `=`", "=")]),
    ("a = =", &[("expected an expression", "=")]),
    ("a.", &[("expected a name after `.`", ".")]),
    ("a.5", &[("expected a name after `.`", ".")]),
    ("a, a", &[("`a` is given twice: keep one", "a")]),
    ("a, \"a\" = 1", &[("`a` is given twice", "\"a\"")]),
    ("unit(a = \"x\"), unit(b = \"x\")", &[("`unit` is given twice", "unit")]),
    // Several at once, each where it is, and what is right is kept.
    ("%x, b = , 5, b", &[("a value needs", "%"), ("expected an expr", "="), ("expected a key", "5")]),
    ("a, a, a", &[("`a` is given twice", "a"), ("`a` is given twice", "a")]),
];

#[test]
fn good_arguments_are_understood() {
    for (input, expected) in GOOD {
        let (arguments, faults) = parsed(input);
        assert_eq!(faults, [], "{input}");
        let shown: Vec<String> = arguments.iter().map(show).collect();
        assert_eq!(shown.join(" / "), *expected, "{input}");
    }
}

#[test]
fn bad_arguments_are_refused_at_their_token() {
    for (input, expected) in BAD {
        let (_, faults) = parsed(input);
        assert_eq!(faults.len(), expected.len(), "{input}: {faults:?}");
        for ((message, place), (start, at)) in faults.iter().zip(*expected) {
            assert!(message.starts_with(start), "{input}: {message}");
            assert_eq!(place, at, "{input}: {message}");
        }
    }
}

#[test]
fn a_fault_does_not_hide_the_arguments_after_it() {
    let (arguments, faults) = parsed("a, %x, b = 1, 5 6 7, c");
    assert_eq!(faults.len(), 2);
    assert_eq!(arguments.iter().map(show).collect::<Vec<_>>(), ["[a]", "[b] = 1", "[c]"]);
}

#[test]
fn the_runtime_path_is_absolute() {
    for good in ["crate = ::facade::rt", "crate = crate::rt", "crate = ::hooks_runtime"] {
        assert!(Runtime::of(&parsed(good).0[0]).is_ok(), "{good}");
    }
    for (bad, at) in [
        ("crate", "crate"),
        ("crate = facade::rt", "facade::rt"),
        ("crate = self::rt", "self::rt"),
        ("crate = super::rt", "super::rt"),
        ("crate = \"::facade\"", "\"::facade\""),
        ("crate = %::facade", "crate"),
        ("crate = ::facade()", "::facade()"),
        ("crate(x)", "crate"),
    ] {
        let fault = Runtime::of(&parsed(bad).0[0]).err().expect(bad);
        assert!(fault.to_string().contains("`crate = ::facade::hooks_runtime`"), "{bad}: {fault}");
        assert_eq!(source(&fault), at, "{bad}");
    }
}

fn parsed(input: &str) -> (Vec<Argument>, Vec<(String, String)>) {
    let mut faults = Faults::default();
    let tokens: TokenStream = input.parse().expect("the table's inputs tokenize");
    let arguments = parse(tokens, &mut faults);
    refuse_duplicates(&arguments, &mut faults);
    let faults = faults.into_result().err().into_iter().flatten();
    (arguments, faults.map(|fault| (fault.to_string(), source(&fault))).collect())
}

fn source(fault: &syn::Error) -> String {
    fault.span().source_text().unwrap_or_default()
}

fn show(argument: &Argument) -> String {
    let key = match &argument.key.ident {
        Some(_) => format!("[{}]", argument.key.name),
        None => argument.key.name.clone(),
    };
    match &argument.value {
        Value::Bare => key,
        Value::List(list) => format!("{key}({list})"),
        Value::Expr { sigil, expr } => {
            let word = match sigil {
                Sigil::None => "=",
                Sigil::Display => "Display",
                Sigil::Debug => "Debug",
            };
            format!("{key} {word} {}", expr.to_token_stream())
        }
    }
}
