//! What puts another value in the place of `buf`, and what only looks like it.

use super::refuse;
use crate::fallback::Faults;
use proc_macro2::{Ident, Span};

fn faults(body: &str) -> usize {
    let mut faults = Faults::default();
    refuse(&Ident::new("buf", Span::call_site()), &body.parse().expect("tokens"), &mut faults);
    faults.into_result().map_or_else(|errors| errors.into_iter().count(), |()| 0)
}

#[test]
fn replacing_is_refused() {
    for body in [
        "*buf = Vec::new();",
        "buf.push(1); *buf = v;",
        "if early { *buf = v; }",
        "match x { 1 => *buf = v, _ => {} }",
        "if a {} *buf = v;",
        "std::mem::take(buf)",
        "let old = mem::replace(buf, v);",
        "swap(&mut *buf, &mut other)",
    ] {
        assert_eq!(faults(body), 1, "{body}");
    }
}

#[test]
fn changing_is_not() {
    for body in [
        "buf.push(1);",
        "buf[0] = 1;",
        "if *buf == v {}",
        "let n = a * buf == c;",
        "let other = *buf;",
        "take(other, buf)",
        "buf.take(3)",
        "swap(buf[0], x)",
        "reader.take(buf.len())",
    ] {
        assert_eq!(faults(body), 0, "{body}");
    }
}
