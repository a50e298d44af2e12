//! Files of a crate that use each other. A folder is read from what uses nothing to what uses all; in a circle there is no
//! place to begin.
//!
//! Ours, since a circle of items is not one of modules: what a folder's first file only exports again is where it is
//! defined. `cargo modules` counts modules, and is built in minutes.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Uses;
use crate::failure::{Failure, Outcome};

/// Files of one folder that use each other, in order, and why they may.
const ALLOWED: &[(&[&str], &str)] = &[(
    &[
        "hooks-runtime/src/chain/cold.rs",
        "hooks-runtime/src/chain/coroutine.rs",
        "hooks-runtime/src/chain/mod.rs",
    ],
    "only `mod.rs` touches the head: what coroutines save is the head, and what is rare goes through a call that spares the \
     registers, and comes back to it; where coroutines find disorder, it tells theirs",
)];

pub(super) fn refuse(uses: &Uses) -> Outcome<()> {
    let circles = circles(uses);
    let is_allowed = |circle: &[&str]| ALLOWED.iter().any(|(files, _)| *files == circle);
    let refused = circles.iter().filter(|circle| !is_allowed(circle)).map(|circle| describe(uses, circle));
    let idle = ALLOWED.iter().filter(|(files, _)| !circles.contains(*files));
    let idle = idle.map(|(files, _)| format!("{} need no reason any more", files.join(" and ")));
    let told: Vec<String> = refused.chain(idle).collect();
    Failure::of_all(&told).map_err(Failure::doing("files use each other"))
}

/// `a.rs -> b.rs, b.rs -> a.rs`: in a circle of many, all that could be cut.
fn describe(uses: &Uses, circle: &[&str]) -> String {
    let inside = |file: &str| uses[file].iter().filter(|other| circle.contains(&other.as_str()));
    let arrows = circle.iter().flat_map(|file| inside(file).map(move |other| format!("{file} -> {other}")));
    arrows.collect::<Vec<_>>().join(", ")
}

/// Files each of which leads to all others of the circle, in order.
fn circles(uses: &Uses) -> BTreeSet<Vec<&str>> {
    let led_to: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (file.as_str(), led_to(uses, file))).collect();
    let circles = led_to.iter().map(|(file, all)| {
        let leads_back = |other: &&str| led_to.get(other).is_some_and(|back| back.contains(file));
        all.iter().copied().filter(leads_back).collect::<Vec<_>>()
    });
    circles.filter(|circle| !circle.is_empty()).collect()
}

fn led_to<'a>(uses: &'a Uses, start: &'a str) -> BTreeSet<&'a str> {
    let (mut found, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(file) = next.pop() {
        let others = uses.get(file).into_iter().flatten().map(String::as_str);
        next.extend(others.filter(|other| found.insert(*other)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::tree::imports;
    use crate::lanes::tree::modules::{Modules, folder_of};

    /// Circles of a crate of these files below `src`.
    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned())).collect();
        let mut modules = Modules::default();
        modules.read(&files, "a-crate", "src/lib.rs").unwrap();
        let uses = imports::of_modules(&modules);
        circles(&uses).iter().map(|circle| describe(&uses, circle).replace("src/", "")).collect()
    }

    #[test]
    fn files_that_use_each_other_are_told_however_they_say_it() {
        let by = |a: &str, b: &str| told(&[("lib.rs", "mod a; mod b;"), ("a.rs", a), ("b.rs", b)]);
        let b = "use crate::a::A; pub struct B;";
        for a in [
            "use super::b::B; pub struct A;",
            "pub struct A(crate::b::B);",
            "use crate::b; pub struct A; fn f() -> b::B {}",
            "use crate::{b::{self as c}}; pub struct A; fn f() { println!(\"{}\", c::B) }",
            "use super::b::*; pub struct A; impl A { fn f(&self) { B } }",
            "pub mod inner { pub fn f(_: crate::b::B) {} } pub struct A;",
        ] {
            assert_eq!(by(a, b), ["a.rs -> b.rs, b.rs -> a.rs"], "{a}");
        }
        for a in [
            "pub struct A;",
            "use super::b; pub struct A;",
            "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }",
        ] {
            assert!(by(a, b).is_empty(), "{a}");
        }
    }

    #[test]
    fn a_folders_first_file_may_export_what_uses_it_and_may_not_use_it() {
        let by = |first: &str| {
            told(&[("lib.rs", "mod a;"), ("a/mod.rs", first), ("a/b.rs", "use super::A; pub struct B(A);")])
        };
        assert!(by("mod b; pub use b::B; pub struct A;").is_empty());
        assert_eq!(
            by("mod b; pub use b::B; pub struct A; fn f(_: B) {}"),
            ["a/b.rs -> a/mod.rs, a/mod.rs -> a/b.rs"]
        );
        assert_eq!(by("mod b; use b::B as _; pub struct A;"), ["a/b.rs -> a/mod.rs, a/mod.rs -> a/b.rs"]);
    }

    #[test]
    fn what_is_exported_again_is_used_where_it_is_defined() {
        let files = |a: &'static str| {
            [
                ("lib.rs", "mod a; mod c;"),
                ("a/mod.rs", "mod b; pub use b::B; pub struct A;"),
                ("a/b.rs", a),
                ("c.rs", "use crate::a::B; pub struct C;"),
            ]
        };
        assert!(told(&files("pub struct B;")).is_empty());
        assert_eq!(told(&files("pub struct B(crate::c::C);")), ["a/b.rs -> c.rs, c.rs -> a/b.rs"]);
    }

    #[test]
    fn every_file_that_an_attribute_names_is_read() {
        let twice = "#[cfg_attr(unix, path = \"unix.rs\")] mod a; mod b;";
        let files = [
            ("lib.rs", twice),
            ("a.rs", ""),
            ("unix.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B(crate::a::A);"),
        ];
        assert_eq!(told(&files), ["b.rs -> unix.rs, unix.rs -> b.rs"]);
    }

    #[test]
    fn a_circle_of_many_is_told_once_with_all_its_uses() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::{c::C, a::A}; pub struct B;"),
            ("c.rs", "use crate::{a::A, d::D}; pub struct C;"),
            ("d.rs", "pub struct D;"),
        ];
        assert_eq!(told(&files), ["a.rs -> b.rs, b.rs -> a.rs, b.rs -> c.rs, c.rs -> a.rs"]);
    }

    #[test]
    fn a_reason_is_for_these_files_and_no_more() {
        let all_of = |files: &[&str]| -> Uses {
            let all: BTreeSet<String> = files.iter().map(|&file| file.to_owned()).collect();
            all.iter()
                .map(|file| (file.clone(), all.iter().filter(|used| *used != file).cloned().collect()))
                .collect()
        };
        assert_eq!(refuse(&all_of(ALLOWED[0].0)), Ok(()));
        let longer = [ALLOWED[0].0, &["hooks-runtime/src/chain/room.rs"]].concat();
        assert!(refuse(&all_of(&longer)).unwrap_err().to_string().contains("chain/room.rs"));
        assert!(refuse(&Uses::new()).unwrap_err().to_string().contains("need no reason"));
    }

    #[test]
    fn a_reason_is_for_files_of_one_folder() {
        for (files, _) in ALLOWED {
            assert!(files.iter().all(|file| folder_of(file) == folder_of(files[0])) && files.is_sorted());
        }
    }
}
