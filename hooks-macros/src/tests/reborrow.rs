//! Which borrows get a `*`.

use super::through;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;

fn rewritten(body: &str) -> syn::Result<String> {
    let body: TokenStream = body.parse().expect("tokens");
    through(&Ident::new("buf", Span::call_site()), body).map(|body| body.to_string())
}

#[test]
fn borrows_of_the_whole_look_through() {
    for (body, expected) in [
        ("fill(&mut buf)", "fill(&mut *buf)"),
        ("read(1, &buf); x", "read(1, &*buf); x"),
        ("(&raw mut buf).cast()", "(&raw mut *buf).cast()"),
        ("f(&raw const buf)", "f(&raw const *buf)"),
        ("&mut buf as *mut _", "&mut *buf as *mut _"),
        ("addr_of_mut!(buf)", "addr_of_mut!(*buf)"),
        ("dbg!(&mut buf)", "dbg!(&mut *buf)"),
        ("for x in &mut buf {}", "for x in &mut *buf {}"),
        ("matches!(f(&buf), Some(&buf) if buf == 0)", "matches!(f(&*buf), Some(&buf) if buf == 0)"),
        ("unsafe { g({ &buf }) }", "unsafe { g({ &*buf }) }"),
    ] {
        assert_eq!(rewritten(body).expect(body).replace(' ', ""), expected.replace(' ', ""));
    }
}

#[test]
fn operands_look_through() {
    for (body, expected) in [
        ("buf += \"x\"; buf.len()", "*buf += \"x\"; buf.len()"),
        ("if buf & 1 == 0 { x } else { -buf }", "if *buf & 1 == 0 { x } else { -*buf }"),
        ("assert!(buf > 1 && f(&buf))", "assert!(*buf > 1 && f(&*buf))"),
        ("for x in 0..buf {}", "for x in 0..*buf {}"),
    ] {
        assert_eq!(rewritten(body).expect(body).replace(' ', ""), expected.replace(' ', ""));
    }
}

#[test]
fn the_rest_stays() {
    for body in [
        "buf.push(1)",
        "&mut buf[1..]",
        "&buf.part",
        "&mut buf.parts().next()",
        "&buf(1)",
        "&buf?",
        "&buf::x",
        "f(buf)",
        "&other",
        "vec![buf]",
        "matches!(other.first(), Some(&buf) if buf == 0)",
        "let buf = 1; buf + 1",
        "x.map(|buf| buf + 1)",
        "*buf += 1; *buf & 1",
        "stringify!(&buf + buf)",
    ] {
        let body: TokenStream = body.parse().expect("tokens");
        assert_eq!(rewritten(&body.to_string()).expect("fine"), body.to_string());
    }
}

#[test]
fn which_of_two_is_not_guessed() {
    let fault = rewritten("let n = x.map(|buf| f(&buf)); n").expect_err("two of them");
    assert!(fault.to_string().starts_with("another `buf` is bound in this body"));
}

/// Where the tokens are put together again, the invisible group that a fragment came in is lost.
#[test]
fn a_fragment_stays_whole() {
    let fragment = |text: &str| {
        let tokens: TokenStream = text.parse().expect("tokens");
        TokenTree::from(Group::new(Delimiter::None, tokens))
    };
    let (sum, path) = (fragment("1 + 2"), fragment("Vec::<u8>::new"));
    let body = through(&Ident::new("buf", Span::call_site()), quote!(fill(&mut buf); g(#path()); #sum * 3));
    assert_eq!(
        body.expect("fine").to_string().replace(' ', ""),
        "fill(&mut*buf);g(Vec::<u8>::new());(1+2)*3"
    );
}
