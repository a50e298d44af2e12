//! Files with code that runs in a signal handler say so: those that are named so, and those that they use, in all crates.
//!
//! A heading is of the whole file, or *up to the mark*, a line below which nothing of it runs in a handler, or *as far as*
//! some items. What those use is not followed, nor what is called without a name that says where it is: methods.

use std::collections::BTreeMap;

use super::imports::{self, Uses};
use super::modules::{Files, Modules};
use crate::failure::{Failure, Outcome};

/// By these one finds what runs in a signal handler, as `hooks-service/docs/signal_handlers.md` says.
const HEADING: &str = "//! SIGNAL HANDLER";
const HEADING_OF_OTHERS: &str = "//! **Runs in signal handlers**";
const MARK: &str = "\n// The mark";
/// Says what the mark says, and is none.
const NO_MARK: &str = "\n// What follows does not run";

/// Used by such files for values alone: types without code, constants, a cast.
const VALUES: &[&str] = &[
    "hooks-runtime/src/fault/sys/routine.rs",
    "hooks-runtime/src/labels/scope.rs",
    "hooks-runtime/src/values/bounds.rs",
    "hooks-runtime/src/values/mod.rs",
    "hooks-service/src/process/memory.rs",
    "hooks-service/src/sampling/clock.rs",
    "hooks-service/src/sampling/error.rs",
    "hooks-service/src/stacks/dump.rs",
];

pub(super) fn require_headings(files: &Files, crates: &[(&str, String)]) -> Outcome<()> {
    let endless = files.iter().filter(|(_, text)| is_endless(text));
    let mut told: Vec<String> =
        endless.map(|(file, _)| format!("{file} has no mark that its heading ends at")).collect();
    let misled = files.iter().filter(|(_, text)| misleads(text));
    told.extend(misled.map(|(file, _)| format!("{file}: `// What follows does not run` is no mark")));
    let files: Files =
        files.iter().map(|(file, text)| (file.clone(), before_mark(text).to_owned())).collect();
    let mut modules = Modules::default();
    for (name, root) in crates {
        modules.read(&files, name, root)?;
    }
    told.extend(lacking(&files, &imports::of_code(&modules), VALUES));
    Failure::of_all(&told)
}

/// The file as far as its heading is about it.
fn before_mark(text: &str) -> &str {
    text.split(MARK).next().filter(|_| heading(text).is_some()).unwrap_or(text)
}

fn lacking(files: &Files, uses: &Uses, excepted: &[&str]) -> Vec<String> {
    let has_heading = |file: &str| files.get(file).is_some_and(|text| heading(text).is_some());
    let is_followed = |file: &str| {
        files.get(file).and_then(|text| heading(text)).is_some_and(|line| !line.contains("as far as"))
    };
    let named = files.keys().filter(|file| file.ends_with("/handler.rs"));
    let mut wanted: BTreeMap<&str, &str> = named.map(|file| (file.as_str(), "its name")).collect();
    for (file, used) in uses.iter().filter(|(file, _)| is_followed(file)) {
        wanted.extend(used.iter().map(|used| (used.as_str(), file.as_str())));
    }
    let unmarked = wanted.iter().filter(|(file, _)| !has_heading(file) && !excepted.contains(file));
    let unmarked =
        unmarked.map(|(file, by)| format!("{file} does not begin with `{HEADING}`, as {by} asks for"));
    let idle = excepted.iter().filter(|file| !wanted.contains_key(*file) || has_heading(file));
    unmarked.chain(idle.map(|file| format!("{file} needs no exception from `{HEADING}`"))).collect()
}

fn is_endless(text: &str) -> bool {
    heading(text).is_some_and(|line| line.contains("up to the mark")) && !text.contains(MARK)
}

/// Whether a line looks like the mark, and is none.
fn misleads(text: &str) -> bool {
    text.contains(NO_MARK)
}

fn heading(text: &str) -> Option<&str> {
    let mut head = text.lines().take_while(|line| line.starts_with("//!"));
    head.find(|line| line.starts_with(HEADING) || line.starts_with(HEADING_OF_OTHERS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "mod handler; mod used; mod idle;";

    /// What is told of a crate with a handler that begins so, and a file that it uses.
    fn told(handler: &str, used: &str, excepted: &[&str]) -> Vec<String> {
        let files = [("lib", ROOT), ("handler", handler), ("used", used), ("idle", "pub fn f() {}")];
        let files: Files =
            files.map(|(name, text)| (format!("src/{name}.rs"), before_mark(text).to_owned())).into();
        let mut modules = Modules::default();
        modules.read(&files, "a-crate", "src/lib.rs").unwrap();
        lacking(&files, &imports::of_code(&modules), excepted)
    }

    #[test]
    fn a_handler_and_what_it_uses_have_the_heading() {
        let handler = "//! SIGNAL HANDLER. It counts.\nuse crate::used; fn handle() { used::count() }";
        let used = "//! SIGNAL HANDLER too.\npub fn count() {}";
        assert!(told(handler, used, &[]).is_empty());
        assert!(
            told(handler, &used.replace("//! SIGNAL HANDLER", "//! **Runs in signal handlers**"), &[])
                .is_empty()
        );
        let unmarked = told(handler, "//! Counts.\npub fn count() {}", &[]);
        assert_eq!(unmarked.len(), 1, "{unmarked:?}");
        assert!(
            unmarked[0].starts_with("src/used.rs") && unmarked[0].contains("src/handler.rs"),
            "{unmarked:?}"
        );
        assert!(told(&handler.replace("SIGNAL", ""), used, &[])[0].starts_with("src/handler.rs"));
    }

    #[test]
    fn what_a_file_uses_that_a_handler_uses_has_it_too() {
        let handler = "//! SIGNAL HANDLER.\nfn handle() { crate::used::count() }";
        let used = "//! SIGNAL HANDLER.\npub fn count() { crate::idle::f() }";
        assert!(told(handler, used, &[])[0].starts_with("src/idle.rs"));
        assert!(told(handler, &used.replace("HANDLER.", "HANDLER, as far as `count`."), &[]).is_empty());
    }

    #[test]
    fn a_heading_ends_at_the_mark() {
        let handler = "//! SIGNAL HANDLER, up to the mark.\nfn handle() {}\n// The mark: no more.\nfn install() { crate::used::count() }\n";
        assert!(told(handler, "pub fn count() {}", &[]).is_empty());
        assert!(!is_endless(handler));
        assert!(is_endless(&handler.replace("// The mark", "// Here")));
        assert!(!misleads(&handler.replace("no more", "what follows does not run in the handler")));
        assert!(misleads(&handler.replace("The mark: no more", "What follows does not run in the handler")));
    }

    #[test]
    fn an_exception_is_for_what_is_used() {
        let handler = "//! SIGNAL HANDLER.\nfn handle() { crate::used::count() }";
        assert!(told(handler, "pub fn count() {}", &["src/used.rs"]).is_empty());
        assert!(told("//! SIGNAL HANDLER.\n", "", &["src/used.rs"])[0].contains("needs no exception"));
    }
}
