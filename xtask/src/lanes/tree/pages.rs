//! The pages: the same sections in the same order, no link to what is not there, each in its crate's rustdoc and README's list.

use crate::failure::{Failure, Outcome};
use crate::tools::read;
use crate::workspace::Workspace;

/// Sections of the page of an attribute, and of a module of hooks-service.
const ATTRIBUTE: [&str; 7] =
    ["Applies to", "Example", "Expands to", "Compile errors", "Cost", "Go's hook", "Does not cover"];
const MODULE: [&str; 6] = ["What it gives", "Example", "Errors", "Cost", "Go's hook", "Does not cover"];

const FOLDERS: [&str; 7] =
    ["benches/", "examples/", "hooks-macros/", "hooks-runtime/", "hooks-service/", "ui-tests/", "xtask/"];

/// They are about all modules, and all attributes: their sections are their own.
const OF_ALL: [&str; 2] = ["hooks-service/docs/signal_handlers.md", "hooks-runtime/docs/stacking.md"];

/// Crates whose first page is their README.
const DOCUMENTED: [&str; 2] = ["hooks-runtime", "hooks-service"];

pub(super) fn check(workspace: &Workspace) -> Outcome<()> {
    let listed = workspace.step("git").args(["ls-files", "-z", "--", "*.md"]).read()?;
    let readme = read(&workspace.root.join("README.md"))?;
    let faults = listed.split_terminator('\0').filter_map(|page| check_one(workspace, &readme, page).err());
    Failure::of_all(&faults.map(|fault| fault.to_string()).collect::<Vec<_>>())
}

fn check_one(workspace: &Workspace, readme: &str, page: &str) -> Outcome<()> {
    let file = workspace.root.join(page);
    let text = read(&file)?;
    refuse_mark(page, &text)?;
    refuse_dead(page, targets(&text).into_iter(), |target| file.with_file_name(target).exists())?;
    refuse_dead(page, named_files(&text), |name| workspace.root.join(name).exists())?;
    let library = |package: &str| read(&workspace.root.join(package).join("src/lib.rs"));
    if let Some(package) = page.strip_suffix("/README.md").filter(|package| DOCUMENTED.contains(package)) {
        let (mark, inclusion) = ("//! ", "#![doc = include_str!(\"../README.md\")]\n");
        return require_inclusion(page, mark, inclusion, &text, &library(package)?);
    }
    let Some((package, name)) = page.split_once("/docs/") else { return Ok(()) };
    require_sections(page, &text)?;
    if !targets(readme).contains(&page) {
        return Err(Failure::new(format!("README.md has no link to {page}")));
    }
    let inclusion = format!("#[doc = include_str!(\"../docs/{name}\")]\n");
    require_inclusion(page, "/// ", &inclusion, &text, &library(package)?)
}

/// Pages whose figures and captures were to be filled in, and were not.
fn refuse_mark(page: &str, text: &str) -> Outcome<()> {
    match first_mark(text) {
        Some((line, mark)) => Err(Failure::new(format!("{page}:{line} still has the mark {mark}"))),
        None => Ok(()),
    }
}

/// The first capital word between two `@`, with its line counted from 1.
fn first_mark(text: &str) -> Option<(usize, String)> {
    let is_name = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let in_line = |line: &str| {
        let parts: Vec<&str> = line.split('@').collect();
        let between = parts.get(1..parts.len() - 1)?;
        between.iter().copied().find(is_name).map(|name| format!("@{name}@"))
    };
    text.lines().enumerate().find_map(|(index, line)| Some((index + 1, in_line(line)?)))
}

fn refuse_dead<'a>(
    page: &str,
    mut targets: impl Iterator<Item = &'a str>,
    exists: impl Fn(&str) -> bool,
) -> Outcome<()> {
    let is_dead = |target: &&str| {
        let file = target.split('#').next().unwrap_or_default();
        !target.contains("://") && !file.is_empty() && !exists(file)
    };
    match targets.find(is_dead) {
        Some(dead) => Err(Failure::new(format!("{page} leads to {dead}, which is not there"))),
        None => Ok(()),
    }
}

fn require_sections(page: &str, text: &str) -> Outcome<()> {
    let wanted: &[&str] = match page {
        _ if OF_ALL.contains(&page) => return Ok(()),
        _ if page.starts_with("hooks-runtime/") => &ATTRIBUTE,
        _ => &MODULE,
    };
    let found: Vec<&str> = prose(text).filter_map(|line| line.strip_prefix("## ")).collect();
    if found == wanted {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{page} has the sections {}; wanted are {}",
        found.join(", "),
        wanted.join(", ")
    )))
}

/// In rustdoc a link to a file leads nowhere. So a page has definitions for its links, and where it is included others of
/// the same names come before, of which the first counts.
fn require_inclusion(page: &str, mark: &str, inclusion: &str, text: &str, library: &str) -> Outcome<()> {
    let Some((before, _)) = library.split_once(inclusion) else {
        return Err(Failure::new(format!("{page} is not included in its crate's src/lib.rs")));
    };
    if let Some(line) = prose(text).find(|line| line.contains("](")) {
        return Err(Failure::new(format!(
            "{page}: define the link at the end of the page, for rustdoc: {line}"
        )));
    }
    let instead: Vec<&str> = before
        .lines()
        .rev()
        .map_while(|line| line.strip_prefix(mark))
        .filter_map(definition)
        .map(|it| it.0)
        .collect();
    match prose(text).filter_map(definition).find(|(label, _)| !instead.contains(label)) {
        Some((label, _)) => {
            Err(Failure::new(format!("{page}: where it is included `[{label}]: ..` is not defined")))
        }
        None => Ok(()),
    }
}

/// Where the links of a page lead.
fn targets(text: &str) -> Vec<&str> {
    prose(text).flat_map(|line| inline_targets(line).chain(definition(line).map(|it| it.1))).collect()
}

fn inline_targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// Files and folders of the repository that stand between backticks.
fn named_files(text: &str) -> impl Iterator<Item = &str> {
    let in_repository = |name: &&str| FOLDERS.iter().any(|folder| name.starts_with(folder));
    let is_one = |name: &&str| !name.contains([' ', '*', '{']);
    prose(text).flat_map(|line| line.split('`').skip(1).step_by(2)).filter(in_repository).filter(is_one)
}

/// `[label]: target`.
fn definition(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix('[')?.split_once("]: ")
}

/// The lines outside of blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# `x`\n\n[there][b] and [here](a.md#part), [out](https://a.b)\n```text\n## no\n[no](no.md)\n```\n\n[b]: ../b.md\n";

    #[test]
    fn a_mark_that_was_not_filled_in_is_found() {
        assert_eq!(first_mark("a\nb @FIGURE@ c"), Some((2, "@FIGURE@".to_owned())));
        assert_eq!(first_mark("a@b.c @HOME, @@, me@Example@host, A@"), None);
    }

    #[test]
    fn a_link_to_what_is_not_there_is_found() {
        assert_eq!(targets(PAGE), ["a.md#part", "https://a.b", "../b.md"]);
        assert!(refuse_dead("p", targets(PAGE).into_iter(), |_| true).is_ok());
        let failure = refuse_dead("p", targets(PAGE).into_iter(), |file| file == "a.md").unwrap_err();
        assert!(failure.to_string().contains("../b.md"), "{failure}");
        let named = "run `cargo test`, see `examples/a` and `ui-tests/*.rs`, `hooks-runtime/b.rs`";
        assert_eq!(named_files(named).collect::<Vec<_>>(), ["examples/a", "hooks-runtime/b.rs"]);
    }

    #[test]
    fn sections_are_all_there_and_in_order() {
        let page = |sections: &[&str]| format!("## {}\n", sections.join("\n### More\n## "));
        assert!(require_sections("hooks-runtime/docs/x.md", &page(&ATTRIBUTE)).is_ok());
        assert!(require_sections("hooks-service/docs/x.md", &page(&MODULE)).is_ok());
        assert!(require_sections("hooks-service/docs/x.md", &page(&ATTRIBUTE)).is_err());
        assert!(require_sections("hooks-runtime/docs/x.md", &page(&ATTRIBUTE[1..])).is_err());
        let mut swapped = ATTRIBUTE;
        swapped.swap(4, 5);
        assert!(require_sections("hooks-runtime/docs/x.md", &page(&swapped)).is_err());
    }

    #[test]
    fn a_page_is_included_and_its_links_lead_on_in_rustdoc() {
        let page = "[there][b]\n\n[b]: ../b.md\n";
        let library = "/// [b]: mod@b\n#[doc = include_str!(\"../docs/x.md\")]\npub use x;\n";
        let check = |page: &str, library: &str| {
            require_inclusion("p", "/// ", "#[doc = include_str!(\"../docs/x.md\")]\n", page, library)
        };
        assert!(check(page, library).is_ok());
        assert!(check(page, &library.replace("x.md", "y.md")).is_err());
        assert!(check(page, &library.replace("[b]", "[c]")).is_err());
        assert!(check(page, &library.replace("///", "//!")).is_err());
        assert!(check("[here](a.md)\n", library).is_err());
    }
}
