//! Where a name is bound, and where it is only used.

use super::may_be;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};

fn is_shadowed(body: &str) -> bool {
    let tokens: TokenStream = body.parse().expect("tokens");
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    may_be(&Ident::new("x", Span::call_site()), &tokens)
}

#[test]
fn bindings_are_seen() {
    for body in [
        "let x = 1;",
        "let mut x = 1;",
        "let ref x = y;",
        "let &x = y;",
        "let &mut x = y;",
        "let (a, x): (u8, u8) = y;",
        "let S { a, x } = y;",
        "if let Some(x) = y {}",
        "while let Some(Some(x)) = y {}",
        "match y { x => 1 }",
        "match y { x if a => 1, _ => 2 }",
        "match y { n @ x | x @ 1 => 1 }",
        "match y { (1 | 2, x) => 1 }",
        "for x in y {}",
        "for (n, &x) in y {}",
        "f(|x| 1)",
        "f(|a, x| 1)",
        "f(|&(a, x)| 1)",
        "{ { let x = 1; } }",
        "fn x() {}",
    ] {
        assert!(is_shadowed(body), "{body}");
    }
}

#[test]
fn uses_are_not() {
    for body in [
        "x",
        "f(x)",
        "f(&mut x, &raw mut x)",
        "a || x.is_empty()",
        "f(|| x.len())",
        "f(x) == g(x)",
        "if a { x.push(1) } if b { x.push(2) }",
        "if f(x) { 1 } else { 2 }",
        "match x { 1 => 2, _ => 3 }",
        "let y = f(x);",
        "let y = &mut x;",
        "y[x.len()] = 3;",
        "x::f()",
        "println!(\"{x}\", x = 3)",
    ] {
        assert!(!is_shadowed(body), "{body}");
    }
}
