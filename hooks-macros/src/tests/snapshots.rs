//! What each attribute emits, laid out as a reviewer reads it under `cargo expand`, with the number of its tokens: a
//! change of either is a difference in a file under `snapshots/`.
//!
//! `UPDATE_EXPECT=1 cargo test -p hooks-macros` writes the files anew.

use crate::{cleanup, exit_scope, fallback, keep_alive, labeled, lock_os_thread};
use expect_test::expect_file;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

type Expand = fn(TokenStream, TokenStream) -> syn::Result<TokenStream>;

/// An attribute with arguments that fit every shape.
struct Attribute {
    name: &'static str,
    arguments: &'static str,
    expand: Expand,
    /// Tokens that it may make of `f(x: u32) -> u32 { x + 1 }`, the 13 or 14 of the fn included; sync and async. A
    /// snapshot shows every change; past these the change has to be argued.
    most: [usize; 2],
    /// Shapes in other words, for async bodies that cannot borrow.
    instead: &'static [(&'static str, &'static str)],
}

const ATTRIBUTES: &[Attribute] = &[
    // Sync has two locals, since a frame is best written where it lies: a copied label costs 2 ns so, 8 ns otherwise.
    Attribute { name: "labeled", arguments: "x", expand: labeled::expand, most: [128, 154], instead: &[] },
    Attribute {
        name: "cleanup",
        arguments: "note(x)",
        expand: cleanup::expand,
        most: [125, 126],
        instead: &[],
    },
    Attribute {
        name: "keep_alive",
        arguments: "x",
        expand: keep_alive::expand,
        most: [116, 117],
        instead: &[],
    },
    Attribute {
        name: "exit_scope",
        arguments: "",
        expand: exit_scope::expand,
        most: [118, 152],
        instead: OWNED_VALUE,
    },
    Attribute {
        name: "lock_os_thread",
        arguments: "reason = \"why\"",
        expand: lock_os_thread::expand,
        most: [122, 156],
        instead: OWNED,
    },
];

const OWNED: &[(&str, &str)] = &[
    ("async_method", "async fn f(self: Arc<Self>, mut x: u32) -> u32 { x += 1; self.add(x).await }"),
    ("async_generic", "async fn f<T>(x: u32, y: T) -> Option<T> where T: Show { y.show(x).await }"),
];

const OWNED_VALUE: &[(&str, &str)] = &[
    ("method", "fn f(&mut self, x: u32) -> u32 { self.count += x; self.count }"),
    ("async_method", "async fn f(&mut self, mut x: u32) -> u32 { x += 1; self.add(x).await }"),
    ("generic", "fn f<T: Show + ?Sized>(x: &T) -> Option<impl Iterator<Item = String>> { x.show() }"),
    ("async_generic", "async fn f<T>(x: u32, y: &T) -> Option<T> where T: Show { y.show(x).await }"),
    ("never", "fn main() -> ! { panic!() }"),
    ("async_never", "async fn f(x: u32) { panic!(\"{x}\") }"),
];

impl Attribute {
    fn shapes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        SHAPES.iter().map(|(name, item)| {
            let instead = self.instead.iter().find(|(instead, _)| instead == name);
            (*name, instead.map_or(*item, |(_, item)| item))
        })
    }
}

/// What every attribute is put on.
const SHAPES: &[(&str, &str)] = &[
    ("sync", "fn f(x: u32) -> u32 { x + 1 }"),
    ("async", "async fn f(x: u32) -> u32 { x + 1 }"),
    ("unit", "pub(crate) fn f(x: u32) { drop(x); }"),
    ("async_unit", "pub(crate) async fn f(x: u32) { drop(x); }"),
    ("async_early_return", "async fn f(x: Option<u32>) -> Option<u32> { Some(x? + 1) }"),
    ("method", "fn f(&mut self, x: u32) -> &mut u32 { self.count += x; &mut self.count }"),
    ("async_method", "async fn f(&mut self, mut x: u32) -> &mut u32 { x += 1; self.add(x).await }"),
    (
        "generic",
        "fn f<'a, T: Show + ?Sized>(x: &'a T) -> Option<impl Iterator<Item = &'a str> + 'a> { x.show() }",
    ),
    ("async_generic", "async fn f<'a, T>(x: u32, y: &'a T) -> Cow<'a, T> where T: Show { y.show(x).await }"),
    ("never", "fn f(x: u32) -> ! { panic!(\"{x}\") }"),
    ("async_never", "async fn f(x: u32) -> ! { panic!(\"{x}\") }"),
    ("async_kept", "#[tokio::main] async fn f(x: u32) -> u32 { x + 1 }"),
    ("pattern", "fn f((x, [y, ..]): (u32, [u32; 2]), _: u32) -> u32 { x + y }"),
    ("async_pattern", "async fn f((x, [y, ..]): (u32, [u32; 2]), _: u32) -> u32 { x + y }"),
    (
        "dressed",
        "/// Docs.\n#[inline] pub unsafe extern \"C\" fn f(x: u32) -> u32 { #![allow(unused)] x + 1 }",
    ),
];

/// What is an attribute's own: file, attribute, arguments, item.
const OWN: &[(&str, Expand, &str, &str)] = &[
    ("labeled/text", labeled::expand, "route", "fn f(route: &str) -> usize { route.len() }"),
    (
        "labeled/async_text",
        labeled::expand,
        "route",
        "async fn f(route: &'static str) -> usize { route.len() }",
    ),
    (
        "labeled/several",
        labeled::expand,
        "route, n = %request.id, m = ?request.tenant(), size, kind = \"x\", unit(size = \"bytes\")",
        "fn f(route: &str, request: Request, size: usize) -> u32 { request.run(route, size) }",
    ),
    (
        "labeled/async_several",
        labeled::expand,
        "route, n = %request.id, m = ?request.tenant(), size, kind = \"x\", unit(size = \"bytes\")",
        "async fn f(route: &str, request: Request, size: usize) -> u32 { request.run(route, size).await }",
    ),
    (
        "labeled/future",
        labeled::expand,
        "x, future",
        "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }",
    ),
    (
        "labeled/boxed_future",
        labeled::expand,
        "x, future",
        "fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { x }) }",
    ),
    (
        "labeled/call",
        labeled::expand,
        "x, call",
        "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }",
    ),
    ("labeled/facade", labeled::expand, "x, crate = ::facade::rt", "fn f(x: u32) -> u32 { x + 1 }"),
    ("labeled/refused", labeled::expand, "y, %x", "const fn f(x: u32) -> u32 { x + 1 }"),
];

#[test]
fn expansions() {
    for attribute in ATTRIBUTES {
        for (shape, item) in attribute.shapes() {
            check(&format!("{}/{shape}", attribute.name), attribute.expand, attribute.arguments, item);
        }
    }
    for (file, expand, arguments, item) in OWN {
        check(file, *expand, arguments, item);
    }
}

#[test]
fn a_trivial_fn_stays_small() {
    for Attribute { name, arguments, expand, most, .. } in ATTRIBUTES {
        for (shape, most) in ["sync", "async"].into_iter().zip(most) {
            let (_, item) = SHAPES.iter().find(|(name, _)| *name == shape).expect("a shape");
            let tokens = count(expand(parsed(arguments), parsed(item)).expect("it is accepted"));
            println!("{name} {shape}: {tokens} tokens, at most {most}");
            assert!(tokens <= *most, "{name} {shape}: {tokens} tokens > {most}");
        }
    }
}

#[test]
fn the_body_occurs_once_and_unchanged() {
    for attribute in ATTRIBUTES {
        for (shape, item) in attribute.shapes() {
            let marked = parsed(&item.replacen("{ ", "{ let marked = marked!{a . b}; ", 1));
            let expanded =
                (attribute.expand)(parsed(attribute.arguments), marked).expect("it is accepted").to_string();
            let mark = parsed("let marked = marked!{a . b};").to_string();
            assert_eq!(expanded.matches(&mark).count(), 1, "{} {shape}: {expanded}", attribute.name);
        }
    }
}

fn check(file: &str, expand: Expand, arguments: &str, item: &str) {
    let item = parsed(item);
    let expanded = fallback::or_item(expand(parsed(arguments), item.clone()), &item);
    let (before, after) = (count(item.clone()), count(expanded.clone()));
    let snapshot = format!("// {before} tokens -> {after}\n{}", laid_out(&expanded));
    expect_file![format!("snapshots/{file}.rs")].assert_eq(&snapshot);
}

fn laid_out(expanded: &TokenStream) -> String {
    let method = expanded.to_string().contains("self");
    let file = if method { quote!(impl Counter { #expanded }) } else { expanded.clone() };
    prettyplease::unparse(&syn::parse2(file).unwrap_or_else(|error| panic!("{error}: {expanded}")))
}

fn parsed(text: &str) -> TokenStream {
    text.parse().expect("the tables' texts tokenize")
}

/// Every token, with a group as one more than what is in it.
fn count(tokens: TokenStream) -> usize {
    let size = |token| match token {
        TokenTree::Group(group) => 1 + count(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(size).sum()
}
