//! What each attribute emits, laid out as a reviewer reads it under `cargo expand`, with the number of its tokens: a
//! change of either is a difference in a file under `snapshots/`.
//!
//! `UPDATE_EXPECT=1 cargo test -p hooks-macros` writes the files anew.

use crate::attribute::Attribute as _;
use crate::faults;
use attributes::Attribute;
use expect_test::expect_file;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use std::path::Path;

#[path = "../../../ui-tests/attributes/mod.rs"]
mod attributes;

type Expand = fn(TokenStream, TokenStream) -> syn::Result<TokenStream>;

macro_rules! expansions {
    ($($name:ident $attribute:ident;)*) => {
        &[$(crate::$name::$attribute::expand),*]
    };
}

/// In the order of the table, as [`attributes::ALL`] is.
const EXPANSIONS: &[Expand] = attributes!(expansions);

/// Name, arguments, item: of all, and of one.
fn cases(attribute: &Attribute) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut cases = attribute.shapes.to_vec();
    if let Some(arguments) = attribute.over_x {
        for (shape, item) in SHAPES {
            let instead = attribute.instead.iter().find(|(instead, _)| instead == shape);
            cases.push((shape, arguments, instead.map_or(item, |(_, item)| item)));
        }
    }
    cases
}

fn all() -> impl Iterator<Item = (&'static str, &'static Attribute, Expand)> {
    attributes::ALL.iter().zip(EXPANSIONS).map(|((name, attribute), expand)| (*name, *attribute, *expand))
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

#[test]
fn expansions() {
    for (name, attribute, expand) in all() {
        for (shape, arguments, item) in cases(attribute) {
            check(&format!("{name}/{shape}"), expand, arguments, item);
        }
    }
}

#[test]
fn a_trivial_fn_stays_small() {
    for (name, attribute, expand) in all() {
        let cases = cases(attribute);
        for (shape, most) in ["sync", "async"].into_iter().zip(attribute.most_tokens) {
            let Some((_, arguments, item)) = cases.iter().find(|(name, ..)| *name == shape) else { continue };
            let tokens = count(expand(parsed(arguments), parsed(item)).expect("it is accepted"));
            println!("{name} {shape}: {tokens} tokens, at most {most}");
            assert!(tokens <= most, "{name} {shape}: {tokens} tokens > {most}");
        }
        assert!(cases.iter().any(|(shape, ..)| *shape == "sync"), "{name} has a sync fn");
    }
}

#[test]
fn the_body_occurs_once_and_unchanged() {
    for (name, attribute, expand) in all() {
        for (shape, arguments, item) in cases(attribute).iter().filter(|(shape, ..)| *shape != "refused") {
            let marked = parsed(&item.replacen("{ ", "{ let marked = marked!{a . b}; ", 1));
            let expanded = expand(parsed(arguments), marked).expect("it is accepted").to_string();
            let mark = parsed("let marked = marked!{a . b};").to_string();
            assert_eq!(expanded.matches(&mark).count(), 1, "{name} {shape}: {expanded}");
        }
    }
}

fn check(file: &str, expand: Expand, arguments: &str, item: &str) {
    let item = parsed(item);
    let expanded = faults::or_item(&item, |item| expand(parsed(arguments), item));
    let (before, after) = (count(item.clone()), count(expanded.clone()));
    let snapshot = format!("// {before} tokens -> {after}\n{}", laid_out(&expanded));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/snapshots").join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    }
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
