//! Every use of an attribute is listed, with the place it stands at, whatever the profile and the linker.

use hooks_runtime::{Site, labeled};

// The library is linked in for this alone; not one of its fns is called.
const _: () = sites::LINKED;

#[labeled(case = "of the program")]
#[allow(dead_code)]
fn of_the_program() {}

#[test]
fn all_are_listed_once() {
    let mut found: Vec<_> =
        hooks_runtime::sites().into_iter().map(|site| (site.function(), site.arguments())).collect();
    found.sort_unstable();
    let expected = [
        ("listed::of_the_program", "case"),
        ("sites::default_method", "case"),
        ("sites::generic", "shown"),
        ("sites::inlined", "case"),
        ("sites::inner::nested", "case"),
        ("sites::inner::stacked", "bottom"),
        ("sites::inner::stacked", "top"),
        ("sites::later", "id"),
        ("sites::method", "of"),
        ("sites::private", "case"),
        ("sites::public", "route,size:bytes"),
        ("sites::written", "case"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn each_tells_its_place() {
    for site in hooks_runtime::sites() {
        assert_eq!(site.attribute(), "labeled");
        assert!(names_its_fn(site), "{site}");
    }
}

/// Whether the line of the site has an attribute, and the fn follows soon.
fn names_its_fn(site: Site) -> bool {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    let source = std::fs::read_to_string(format!("{root}{}", site.file())).unwrap();
    let name = site.function().rsplit_once("::").unwrap().1;
    let mut from = source.lines().skip(site.line() as usize - 1);
    let first = from.next().unwrap();
    let follows = from.take(4).any(|line| line.contains(&format!("fn {name}")));
    (first.contains("labeled(") && follows) || first.contains(&format!("written_by_a_macro!({name})"))
}
