//! What the pages say of expansions: `hooks-runtime/docs/*.md` shows what is emitted, and `DIFFERENCES.md` lists every name of ours.

use crate::attribute::Attribute as _;
use proc_macro2::TokenStream;
use quote::ToTokens;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, File, Item, ItemStatic, Lit, Meta, Token, parse_quote};

type Expand = fn(TokenStream, TokenStream) -> syn::Result<TokenStream>;

macro_rules! names_and_expansions {
    ($($name:ident $attribute:ident;)*) => {
        &[$((stringify!($name), crate::$name::$attribute::expand)),*]
    };
}

const ATTRIBUTES: &[(&str, Expand)] = attributes!(names_and_expansions);

#[test]
fn pages_show_what_is_emitted() {
    for (name, expand) in ATTRIBUTES {
        let page = text(&project().join(format!("hooks-runtime/docs/{name}.md")));
        let section = page.split("\n## ").find(|section| section.starts_with("Expands to\n"));
        let blocks = section.expect(name).split("```").skip(1).step_by(2);
        let mut uses = 0;
        for block in blocks {
            let block = block.strip_prefix("text\n").expect("a block of text");
            let file = syn::parse_file(block).unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
            uses += check_uses(name, *expand, file.items);
        }
        assert!(uses > 0, "{name} shows no use");
    }
}

/// Each annotated item is followed by what is made of it.
fn check_uses(name: &str, expand: Expand, items: Vec<Item>) -> usize {
    let mut items = items.into_iter();
    let mut uses = 0;
    while let Some(mut annotated) = items.next() {
        let attribute = attributes_of(&mut annotated).remove(0);
        assert!(attribute.path().is_ident(name), "{name}: `#[{name}(..)]` and its item come first");
        let arguments = match attribute.meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        let emitted = expand(arguments, annotated.to_token_stream()).expect("it is accepted");
        let mut emitted: File = syn::parse2(emitted).expect("items");
        AsCargoExpandShows.visit_file_mut(&mut emitted);
        let shown = items.by_ref().take(emitted.items.len()).collect();
        let (emitted, shown) = (laid_out(emitted.items), laid_out(shown));
        assert_eq!(shown, emitted, "hooks-runtime/docs/{name}.md should show:\n{emitted}");
        uses += 1;
    }
    uses
}

fn attributes_of(item: &mut Item) -> &mut Vec<Attribute> {
    match item {
        Item::Fn(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        _ => panic!("attributes go on fns and structs"),
    }
}

fn laid_out(items: Vec<Item>) -> String {
    prettyplease::unparse(&File { shebang: None, frontmatter: None, attrs: Vec::new(), items })
}

/// Built-in macros and `cfg_attr` are expanded: the site is a literal, here of line 3 of `my_crate`'s `src/lib.rs`.
struct AsCargoExpandShows;

impl VisitMut for AsCargoExpandShows {
    fn visit_item_static_mut(&mut self, item: &mut ItemStatic) {
        assert!(item.attrs[0].path().is_ident("cfg_attr"), "it is placed in a section on Linux");
        item.attrs = parse_quote!(#[used] #[unsafe(link_section = "hooks_sites")]);
        let Expr::Macro(concat) = &*item.expr else { panic!("a site is a `concat!`") };
        let pieces =
            concat.mac.parse_body_with(syn::punctuated::Punctuated::<Expr, Token![,]>::parse_terminated);
        let site: String = pieces.expect("expressions").iter().map(piece).collect();
        item.expr = parse_quote!(#site);
    }
}

fn piece(expr: &Expr) -> String {
    match expr {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(literal) => literal.to_token_stream().to_string().trim_matches('"').to_owned(),
        Expr::Macro(called) => {
            match called.mac.path.segments.last().expect("a name").ident.to_string().as_str() {
                "module_path" => "my_crate".to_owned(),
                "file" => "src/lib.rs".to_owned(),
                "line" => "3".to_owned(),
                other => panic!("`{other}!` in a site"),
            }
        }
        _ => panic!("no part of a site: {}", expr.to_token_stream()),
    }
}

/// A constant of the user's with one of these names breaks the expansion, so nobody should have to find them out.
#[test]
fn names_of_ours_are_listed() {
    let page = text(&project().join("ui-tests/DIFFERENCES.md"));
    let row = page.lines().find(|line| line.contains("`__SITE`")).expect("the row of names");
    let listed: BTreeSet<String> = ours(row);
    let mut emitted = BTreeSet::new();
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests")) {
        // Here they are not emitted.
        if !file.ends_with("pages.rs") {
            emitted.extend(ours(&text(&file)));
        }
    }
    assert_eq!(listed, emitted);
}

/// Words that begin with `__`, without the number that some end with. `__private` is a module of the runtime, and
/// `#[async_trait]` has names of its own.
fn ours(text: &str) -> BTreeSet<String> {
    // Labels of blocks are in nobody's way.
    let text = text.replace("'__", "");
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let ours =
        words.filter(|word| word.starts_with("__") && !["__private", "__ret", "__self"].contains(word));
    ours.map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
