//! The first file of a folder says what flows in and out: a paragraph of its head that has `In: ` and `Out: `.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::modules::{Files, folder_of};
use crate::failure::{Failure, Outcome};

/// A folder of two files tells by their names.
const MANY: usize = 3;

/// Lines of the paragraph: who opens the folder reads it before anything else.
const LENGTH: RangeInclusive<usize> = 2..=8;

pub(super) fn require_heads(files: &Files, crates: &[&str]) -> Outcome<()> {
    let told: Vec<String> = folders(files, crates).iter().filter_map(|folder| fault(files, folder)).collect();
    Failure::of_all(&told)
}

/// Below `src`, which the first file of a crate tells of in its own way.
fn folders(files: &Files, crates: &[&str]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files.keys() {
        *counts.entry(folder_of(file)).or_default() += 1;
    }
    let is_of_source = |folder: &str| {
        crates.iter().any(|name| folder.starts_with(&format!("{name}/src/"))) && !folder.contains("/tests")
    };
    let many = counts.into_iter().filter(|(folder, count)| *count >= MANY && is_of_source(folder));
    many.map(|(folder, _)| folder.to_owned()).collect()
}

fn fault(files: &Files, folder: &str) -> Option<String> {
    let first = format!("{folder}/mod.rs");
    let Some(text) = files.get(&first) else { return Some(format!("{first} is not there")) };
    match flow(text) {
        Some(lines) if LENGTH.contains(&lines) => None,
        Some(lines) => {
            Some(format!("{first} says in {lines} lines what flows in and out, and not in {LENGTH:?}"))
        }
        None => Some(format!("{first} does not say in its head, `In: .. Out: ..`, what flows in and out")),
    }
}

/// The length of the paragraph.
fn flow(text: &str) -> Option<usize> {
    let head = text.lines().take_while(|line| line.is_empty() || line.starts_with("//"));
    let head: Vec<&str> =
        head.map(|line| line.trim_start_matches("//!").trim_start_matches("//").trim()).collect();
    let mut paragraphs = head.split(|line| line.is_empty());
    let paragraph = paragraphs.find(|lines| {
        let text = lines.join(" ");
        text.contains("In: ") && text.contains("Out: ")
    });
    paragraph.map(<[&str]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "//! A noun.\n\n// In: bytes, from `a`.\n// Out: words, by `b`.\n\nmod a;\nmod b;\n";

    fn told(first: &str) -> Vec<String> {
        let files = [("lib", ""), ("x/mod", first), ("x/a", ""), ("x/b", ""), ("y/mod", ""), ("y/a", "")];
        let files: Files = files.map(|(name, text)| (format!("p/src/{name}.rs"), text.to_owned())).into();
        let folders = folders(&files, &["p"]);
        assert_eq!(folders, ["p/src/x"]);
        folders.iter().filter_map(|folder| fault(&files, folder)).collect()
    }

    #[test]
    fn a_folder_says_what_flows_in_and_out() {
        assert!(told(HEAD).is_empty());
        assert!(told(&HEAD.replace("// In", "//! In").replace("// Out", "//! Out")).is_empty());
        assert!(told("//! In: bytes. Out: words.\n")[0].contains("in 1 lines"));
        for lacking in [HEAD.replace("Out:", "out of it:"), HEAD.replace("In:", ""), String::new()] {
            assert!(told(&lacking)[0].contains("does not say"), "{lacking}");
        }
        let after_code = "mod a;\n// In: bytes.\n// Out: words.\n";
        assert!(told(after_code)[0].contains("does not say"));
        let long = HEAD.replace("// Out", &("// and more,\n".repeat(7) + "// Out"));
        assert!(told(&long)[0].contains("in 9 lines"), "{long}");
    }
}
