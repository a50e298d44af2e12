//! Tests of the packages that changed and of all that depend on them, without the few that take long.

use std::collections::BTreeSet;
use std::path::Path;

use super::tests;
use crate::failure::Outcome;
use crate::tools::read;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let changed = changed_files(workspace)?;
    let packages: BTreeSet<String> =
        changed.iter().filter_map(|file| package_of(&workspace.root, Path::new(file))).collect();
    if packages.is_empty() {
        return Ok(vec!["no package changed".to_owned()]);
    }
    let filter: Vec<String> = packages.iter().map(|name| format!("rdeps({name})")).collect();
    let nextest = workspace.cargo().args(["nextest", "run", "--all-features", "--profile", "quick"]);
    tests::isolated(workspace, nextest.args(["-E", &filter.join(" + ")]))?.run()?;
    Ok(vec![format!("{} changed", filter.join(", ").replace("rdeps", ""))])
}

/// Since `main`, or since the last commit when on it; and what is not committed.
fn changed_files(workspace: &Workspace) -> Outcome<Vec<String>> {
    let git = |arguments: &[&str]| workspace.step("git").args(arguments).read();
    let head = git(&["rev-parse", "HEAD"])?;
    let base = git(&["merge-base", "HEAD", "main"]).ok().filter(|base| *base != head);
    let base = base.unwrap_or_else(|| "HEAD~1".to_owned());
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
}
