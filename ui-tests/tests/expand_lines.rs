//! What a reviewer reads: the real compiler's expansion, laid out as `cargo expand` does, counted in lines.

#[path = "../attributes/mod.rs"]
mod attributes;
mod scratch;

use scratch::Scratch;
use syn::{File, Item};

/// Lines of an annotated `f(x: u32) -> u32 { x + 1 }`.
const MOST_SYNC: usize = 12;
/// Also where a sync fn has its body on another thread.
const MOST_ELSEWHERE: usize = 21;

/// The modules of a real service, since the site says where the fn is.
fn service() -> String {
    let (mut names, mut functions) = (Vec::new(), Vec::new());
    for (name, attribute) in attributes::ALL {
        names.push(*name);
        functions.extend_from_slice(attribute.in_a_service);
    }
    format!(
        "pub mod my_service {{ pub mod handlers {{ pub mod orders {{
             use hooks_runtime::fault::GuardedMap;
             use hooks_runtime::{{{}}};
             {}
         }} }} }}
         pub fn note(_: u32) {{}}",
        names.join(", "),
        functions.join("\n"),
    )
}

#[test]
fn a_trivial_fn_stays_short() {
    let functions = functions(expanded());
    let written = attributes::ALL.iter().map(|(_, attribute)| attribute.in_a_service.len());
    assert_eq!(functions.len(), written.sum::<usize>());
    let mut longer = Vec::new();
    for function in functions {
        let Item::Fn(parsed) = &function else { panic!("a fn") };
        let name = parsed.sig.ident.to_string();
        let elsewhere = ["async", "named"].iter().any(|start| name.starts_with(start));
        let most = if elsewhere { MOST_ELSEWHERE } else { MOST_SYNC };
        let text = prettyplease::unparse(&one(function));
        let lines = text.lines().count();
        println!("{name}: {lines} lines, at most {most}\n{text}");
        if lines > most {
            longer.push(format!("{name}: {lines} > {most}\n{text}"));
        }
    }
    assert!(longer.is_empty(), "{}", longer.join("\n"));
}

fn one(item: Item) -> File {
    File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item] }
}

fn expanded() -> File {
    let service = Scratch::new("expand", "2024", &[("lib.rs".into(), service())]);
    let mut cargo = service.with_flags_of_nightly("rustc");
    cargo.args(["--profile", "check", "--", "-Zunpretty=expanded"]);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The fns of the innermost module.
fn functions(file: File) -> Vec<Item> {
    let mut items = file.items;
    loop {
        let inner = items.iter().position(|item| matches!(item, Item::Mod(_)));
        let Some(inner) = inner else { break };
        let Item::Mod(inner) = items.swap_remove(inner) else { unreachable!("it is a module") };
        items = inner.content.expect("an inline module").1;
    }
    items.retain(|item| matches!(item, Item::Fn(_)));
    items
}

/// A type is read as in the edition of the crate that it stands in, also where the expansion says it again.
#[test]
fn types_are_of_the_crates_edition() {
    let annotated =
        ["labeled(case = \"x\")", "exit_scope", "lock_os_thread(thread = \"gl\", reason = \"x\")"];
    let functions = annotated.map(|attribute| {
        let name = &attribute[..4];
        format!(
            "#[hooks_runtime::{attribute}]\npub fn {name}() -> Box<Display + Send> {{ Box::new(1) }}\n\
             #[hooks_runtime::{attribute}]\npub async fn {name}_async(n: Option<u8>) -> Option<Box<Display + Send>> {{ Some(Box::new(n?)) }}\n"
        )
    });
    let text = format!("#![allow(bare_trait_objects)]\nuse std::fmt::Display;\n{}", functions.join(""));
    let old = Scratch::new("edition-2018", "2018", &[("lib.rs".into(), text)]);
    let output = old.cargo("check").output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
