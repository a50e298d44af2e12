//! What takes `buf` away, and what only looks like it.

use super::{Loss, places};
use proc_macro2::{Ident, Span};

/// `m` for each move, `r` for each replacement, `*` for one behind a `*`, in their order.
fn kinds(body: &str) -> String {
    let name = Ident::new("buf", Span::call_site());
    let places = places(&name, &body.parse().expect("tokens"));
    let letter = |place: &Loss| match place {
        Loss::Moved(_) => 'm',
        Loss::Replaced(_) => 'r',
        Loss::ReplacedBehind(_) => '*',
    };
    places.iter().map(letter).collect()
}

#[test]
fn moves_are_seen() {
    for body in [
        "buf",
        "consume(buf)",
        "x.consume(1, buf);",
        "if early { return buf; }",
        "return Some(buf);",
        "let other = buf;",
        "other = buf;",
        "S { buf }",
        "S { first: 1, data: buf }",
        "Ok(buf?)",
        "match x { 1 => buf, _ => y }",
        "for byte in buf { use_it(byte) }",
        "buf.into_boxed_slice()",
        "let text: Box<[u8]> = buf.into();",
        "spawn(move || buf.len());",
        "spawn(async move { send(&buf).await });",
        "if a {} buf",
        "loop { break buf; }",
    ] {
        assert_eq!(kinds(body), "m", "{body}");
    }
    assert_eq!(kinds("if a { f(buf) } else { g(buf) }"), "mm");
}

#[test]
fn replacements_are_seen() {
    for body in [
        "buf = Vec::new();",
        "if early { buf = v; }",
        "std::mem::take(&mut buf)",
        "let old = mem::replace(&mut *buf, v);",
        "swap(&mut other, &mut buf)",
    ] {
        assert_eq!(kinds(body), "r", "{body}");
    }
    for body in [
        "*buf = Vec::new();",
        "buf.push(1); *buf = v;",
        "match x { 1 => *buf = v, _ => {} }",
        "if a {} *buf = v;",
    ] {
        assert_eq!(kinds(body), "*", "{body}");
    }
}

#[test]
fn use_is_neither() {
    for body in [
        "buf.push(1);",
        "buf[0] = 1;",
        "buf[buf.len() - 1] += 2;",
        "if *buf == v {}",
        "if buf == v {}",
        "let n = a * buf == c;",
        "fill(&mut buf);",
        "read(&buf, 1)",
        "let other = &buf;",
        "let _ = buf;",
        "take(other, &buf[1..])",
        "buf.take(3)",
        "reader.take(buf.len())",
        "(buf).push(1); f(&(buf));",
        "println!(\"{}\", buf);",
        "spawn(|| buf.len()); f(move || 1)",
        "&raw mut buf",
        "x.buf",
        "a::buf(1)",
        "f(buf..)",
    ] {
        assert_eq!(kinds(body), "", "{body}");
    }
}

/// Then it is not known which of them is meant.
#[test]
fn a_name_that_is_bound_anew_is_left_alone() {
    for body in [
        "let buf = 1; f(buf)",
        "let (a, buf) = x; f(buf)",
        "if let Some(buf) = x { f(buf) }",
        "match x { Some(buf) => f(buf), None => {} }",
        "match x { S { buf } if buf => f(buf), _ => {} }",
        "match x { buf => f(buf) }",
        "for buf in x { f(buf) }",
        "for (n, buf) in x { f(buf) }",
        "x.map(|buf| f(buf))",
        "x.map(|(n, buf)| f(buf))",
        "fn inner(buf: u8) { f(buf) } inner(1)",
        "let x = |buf: u8| f(buf);",
        "if let Some((1, [buf, ..])) = x { f(buf) }",
    ] {
        assert_eq!(kinds(body), "", "{body}");
    }
}
