//! Files of a crate that use each other. A folder is read from what uses nothing to what uses all; in a circle there is no
//! place to begin.
//!
//! Ours, since a circle of items is not one of modules: what a folder's first file only exports again is where it is
//! defined. `cargo modules` counts modules, and is built in minutes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::imports::Uses;
use super::modules::folder_of;
use crate::failure::{Failure, Outcome};

/// Files of one folder that use each other, and why they may.
const ALLOWED: &[(&[&str], &str)] = &[
    (
        &["hooks-runtime/src/chain/cold.rs", "hooks-runtime/src/chain/mod.rs"],
        "what is rare goes through a call that spares the registers, and comes back to the head, which only `mod.rs` touches",
    ),
    (
        &["hooks-runtime/src/chain/coroutine.rs", "hooks-runtime/src/chain/mod.rs"],
        "what coroutines save is the head, which only `mod.rs` touches; where it finds disorder, it tells theirs",
    ),
];

pub(super) fn refuse(uses: &Uses) -> Outcome<()> {
    let circles = circles(uses);
    let refused = circles.iter().filter(|circle| reason(circle).is_none()).map(|circle| describe(circle));
    let is_there = |files: &[&str]| {
        circles.iter().any(|circle| circle.iter().all(|file| files.contains(&file.as_str())))
    };
    let idle = ALLOWED.iter().filter(|(files, _)| !is_there(files));
    let idle = idle.map(|(files, _)| format!("{} need no reason any more", files.join(" and ")));
    let told: Vec<String> = refused.chain(idle).collect();
    if told.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("files use each other: {}", told.join("; "))))
    }
}

/// `a.rs -> b.rs -> a.rs`.
fn describe(circle: &[String]) -> String {
    circle.iter().chain(circle.first()).map(String::as_str).collect::<Vec<_>>().join(" -> ")
}

/// Why these files of one folder may use each other.
fn reason(circle: &[String]) -> Option<&'static str> {
    let is_in_one_folder = circle.iter().all(|file| folder_of(file) == folder_of(&circle[0]));
    let has_all = |files: &[&str]| circle.iter().all(|file| files.contains(&file.as_str()));
    let found = ALLOWED.iter().find(|(files, _)| has_all(files));
    found.filter(|_| is_in_one_folder).map(|(_, reason)| *reason)
}

/// The shortest circle through each file that is in one, each circle once, and of the longer ones those that share no file
/// with another that is told: they mostly go with it.
fn circles(uses: &Uses) -> Vec<Vec<String>> {
    let all: BTreeSet<Vec<String>> =
        uses.keys().filter_map(|file| shortest(uses, file)).map(from_least).collect();
    let mut all: Vec<Vec<String>> = all.into_iter().collect();
    all.sort_by_key(Vec::len);
    let mut told: Vec<Vec<String>> = Vec::new();
    for circle in all {
        let is_apart = !told.iter().flatten().any(|file| circle.contains(file));
        if circle.len() == 2 || is_apart {
            told.push(circle);
        }
    }
    told
}

/// From the file back to itself.
fn shortest(uses: &Uses, start: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in uses.get(file).into_iter().flatten() {
            if next == start {
                return Some(trail(&before, start, file));
            }
            if !before.contains_key(next.as_str()) {
                before.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

fn trail(before: &BTreeMap<&str, &str>, start: &str, end: &str) -> Vec<String> {
    let mut files = vec![end.to_owned()];
    let mut file = end;
    while file != start {
        file = before[file];
        files.push(file.to_owned());
    }
    files.reverse();
    files
}

fn from_least(mut circle: Vec<String>) -> Vec<String> {
    let least = (0..circle.len()).min_by_key(|&index| &circle[index]).unwrap_or_default();
    circle.rotate_left(least);
    circle
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::tree::imports;
    use crate::lanes::tree::modules::Modules;

    /// Circles of a crate of these files below `src`.
    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned())).collect();
        let mut modules = Modules::default();
        modules.read(&files, "a-crate", "src/lib.rs").unwrap();
        let uses = imports::of_modules(&modules);
        circles(&uses).iter().map(|circle| describe(circle).replace("src/", "")).collect()
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
            assert_eq!(by(a, b), ["a.rs -> b.rs -> a.rs"], "{a}");
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
        assert_eq!(by("mod b; pub use b::B; pub struct A; fn f(_: B) {}"), ["a/b.rs -> a/mod.rs -> a/b.rs"]);
        assert_eq!(by("mod b; use b::B as _; pub struct A;"), ["a/b.rs -> a/mod.rs -> a/b.rs"]);
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
        assert_eq!(told(&files("pub struct B(crate::c::C);")), ["a/b.rs -> c.rs -> a/b.rs"]);
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
        assert_eq!(told(&files), ["b.rs -> unix.rs -> b.rs"]);
    }

    #[test]
    fn a_reason_is_for_files_of_one_folder() {
        let circle = |files: &[&str]| files.iter().map(|&file| file.to_owned()).collect::<Vec<_>>();
        assert_eq!(reason(&circle(ALLOWED[0].0)), Some(ALLOWED[0].1));
        let longer = [ALLOWED[0].0, &["hooks-runtime/src/chain/room.rs"]].concat();
        assert_eq!(reason(&circle(&longer)), None);
        assert_eq!(reason(&circle(&["hooks-service/src/a/mod.rs", "hooks-service/src/a/b/mod.rs"])), None);
        assert!(refuse(&Uses::new()).unwrap_err().to_string().contains("need no reason"));
    }
}
