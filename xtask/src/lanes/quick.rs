//! Tests of the packages that changed and of all that depend on them, without the few that take long.

use std::collections::BTreeSet;
use std::path::Path;

use super::tests;
use crate::failure::Outcome;
use crate::tools::read;
use crate::workspace::Workspace;

/// Files that other packages' tests read or compile, beside the package in whose folder they are.
const READERS: [(&str, &[&str]); 3] = [
    ("ui-tests/fixtures/", &["edition-2021", "edition-2024"]),
    ("ui-tests/", &["hooks-macros"]),
    ("hooks-runtime/docs/", &["hooks-macros"]),
];

/// What all packages are built with.
const OF_ALL: [&str; 5] = [".cargo/", ".config/", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let changed = changed_files(workspace)?;
    let Some(filter) = filter(&workspace.root, &changed) else {
        return Ok(vec!["no package changed".to_owned()]);
    };
    if !tests::has_nextest(workspace) {
        return tests::all(workspace);
    }
    let nextest = workspace.cargo().args(["nextest", "run", "--all-features", "--profile", "quick"]);
    // Some packages, such as the examples, have none.
    let nextest = nextest.args(["--no-tests=pass", "-E", &filter]);
    tests::isolated(workspace, nextest)?.run()?;
    Ok(vec![format!("tests of {filter}")])
}

/// nextest's words for the tests of what changed; none if it has no tests.
fn filter(root: &Path, changed: &[String]) -> Option<String> {
    if changed.iter().any(|file| OF_ALL.iter().any(|of_all| file.starts_with(of_all))) {
        return Some("all()".to_owned());
    }
    let own = changed.iter().filter_map(|file| package_of(root, Path::new(file)));
    let readers = changed.iter().flat_map(|file| {
        let of_file = READERS.iter().filter(move |(folder, _)| file.starts_with(folder));
        of_file.flat_map(|(_, packages)| packages.iter().map(|&name| name.to_owned()))
    });
    let packages: BTreeSet<String> = own.chain(readers).collect();
    let filters: Vec<String> = packages.iter().map(|name| format!("rdeps({name})")).collect();
    (!filters.is_empty()).then(|| filters.join(" + "))
}

/// Since `main`, or since the last commit when on it; and what is not committed.
fn changed_files(workspace: &Workspace) -> Outcome<Vec<String>> {
    let git = |arguments: &[&str]| workspace.step("git").args(arguments).read();
    let head = git(&["rev-parse", "HEAD"])?;
    let base = git(&["merge-base", "HEAD", "main"]).ok().filter(|base| *base != head);
    let base = match base.map_or_else(|| git(&["rev-parse", "--verify", "HEAD~1"]), Ok) {
        Ok(base) => base,
        // The first commit, or all that a shallow clone has: everything, as against a tree without files.
        Err(_) => git(&["hash-object", "-t", "tree", "/dev/null"])?,
    };
    let listed =
        git(&["diff", "--name-only", base.trim()])? + &git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// The package whose folder holds the file; none for what belongs to no package.
fn package_of(root: &Path, file: &Path) -> Option<String> {
    file.ancestors().skip(1).find_map(|folder| name_in(&read(&root.join(folder).join("Cargo.toml")).ok()?))
}

/// Of the first table, `[package]`. The workspace's own manifest has none.
fn name_in(manifest: &str) -> Option<String> {
    let name = manifest.strip_prefix("[package]\n")?.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_innermost_package() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let package = |file: &str| package_of(root, Path::new(file));
        assert_eq!(package("ui-tests/sites/src/gone.rs").as_deref(), Some("sites"));
        assert_eq!(package("hooks-runtime/src/labels/mod.rs").as_deref(), Some("hooks-runtime"));
        assert_eq!(package("README.md"), None);
    }

    #[test]
    fn tests_are_of_what_changed_and_of_whoever_reads_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let filter =
            |files: &[&str]| filter(root, &files.iter().map(|&file| file.to_owned()).collect::<Vec<_>>());
        assert_eq!(filter(&["README.md"]), None);
        assert_eq!(
            filter(&["examples/README.md", "xtask/src/step.rs"]).unwrap(),
            "rdeps(examples) + rdeps(xtask)"
        );
        let of_fixture = filter(&["ui-tests/fixtures/labels.rs"]).unwrap();
        for name in ["edition-2021", "edition-2024", "ui-tests"] {
            assert!(of_fixture.contains(&format!("rdeps({name})")), "{of_fixture}");
        }
        for file in ["Cargo.lock", ".config/nextest.toml", "rust-toolchain.toml"] {
            assert_eq!(filter(&["xtask/src/step.rs", file]).unwrap(), "all()");
        }
    }
}
