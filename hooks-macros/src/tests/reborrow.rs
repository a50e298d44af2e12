//! Which borrows get a `*`.

use super::through;
use proc_macro2::{Ident, Span, TokenStream};

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
        ("unsafe { g({ &buf }) }", "unsafe { g({ &*buf }) }"),
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
        "let buf = 1; buf + 1",
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
