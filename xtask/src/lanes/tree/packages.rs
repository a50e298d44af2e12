//! Which package may depend on which.

use std::collections::BTreeSet;

use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

/// All that a library author takes on with hooks-runtime's default features.
const RUNTIME: [&str; 8] =
    ["hooks-macros", "hooks-runtime", "inventory", "libc", "proc-macro2", "quote", "syn", "unicode-ident"];

/// Dependencies point one way: hooks-macros <- hooks-runtime <- hooks-service.
const DIRECTIONS: [(&str, &[&str]); 3] = [
    ("hooks-macros", &["hooks-runtime", "hooks-service"]),
    ("hooks-runtime", &["hooks-service"]),
    ("hooks-service", &["ui-tests", "examples", "benches", "xtask"]),
];

pub(super) fn check(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut remarks = Vec::new();
    for (package, forbidden) in DIRECTIONS {
        let tree = packages_below(workspace, package)?;
        remarks.push(format!("{package}: {} packages", tree.len()));
        refuse_names(package, &tree, forbidden)?;
        refuse_second_syn(package, &tree)?;
        if package == "hooks-runtime" {
            require_exactly(package, &tree, &RUNTIME)?;
        }
    }
    Ok(remarks)
}

/// Name and version of every package that `package` builds with, itself included.
fn packages_below(workspace: &Workspace, package: &str) -> Outcome<BTreeSet<(String, String)>> {
    let tree = workspace.cargo().args(["tree", "-p", package, "-e", "normal,build", "--prefix", "none"]);
    Ok(packages_in(&tree.args(["--format", "{p}"]).read()?))
}

fn packages_in(tree: &str) -> BTreeSet<(String, String)> {
    let mut words = tree.lines().map(str::split_whitespace);
    words
        .by_ref()
        .filter_map(|mut words| Some((words.next()?.to_owned(), words.next()?.to_owned())))
        .collect()
}

fn refuse_names(package: &str, tree: &BTreeSet<(String, String)>, forbidden: &[&str]) -> Outcome<()> {
    match tree.iter().find(|(name, _)| forbidden.contains(&name.as_str())) {
        Some((name, _)) => Err(Failure::new(format!("{package} may not depend on {name}"))),
        None => Ok(()),
    }
}

fn refuse_second_syn(package: &str, tree: &BTreeSet<(String, String)>) -> Outcome<()> {
    let versions: Vec<&str> =
        tree.iter().filter(|(name, _)| name == "syn").map(|(_, version)| version.as_str()).collect();
    if versions.len() <= 1 {
        return Ok(());
    }
    Err(Failure::new(format!("{package} builds more than one syn: {}", versions.join(", "))))
}

fn require_exactly(package: &str, tree: &BTreeSet<(String, String)>, wanted: &[&str]) -> Outcome<()> {
    let found: BTreeSet<&str> = tree.iter().map(|(name, _)| name.as_str()).collect();
    let wanted: BTreeSet<&str> = wanted.iter().copied().collect();
    if found == wanted {
        return Ok(());
    }
    let differing: Vec<&str> = found.symmetric_difference(&wanted).copied().collect();
    Err(Failure::new(format!("{package}'s tree differs from the promised one by: {}", differing.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "hooks-service v0.1.0 (/repository/hooks-service)\n\
        hooks-macros v0.1.0 (proc-macro) (/repository/hooks-macros)\n\
        syn v3.0.9\nsyn v2.0.110\nsyn v3.0.9 (*)\n";

    #[test]
    fn a_second_syn_is_refused_and_both_versions_are_named() {
        let failure = refuse_second_syn("hooks-service", &packages_in(TREE)).unwrap_err().to_string();
        assert!(failure.contains("v3.0.9") && failure.contains("v2.0.110"), "{failure}");
        let one = TREE.replace("syn v2.0.110\n", "");
        assert!(refuse_second_syn("hooks-service", &packages_in(&one)).is_ok());
    }

    #[test]
    fn a_wrong_direction_is_refused() {
        let tree = packages_in(TREE);
        assert!(refuse_names("hooks-service", &tree, &["hooks-macros"]).is_err());
        assert!(refuse_names("hooks-service", &tree, &["hooks-runtime"]).is_ok());
    }

    #[test]
    fn an_added_package_and_a_missing_one_are_both_named() {
        let failure = require_exactly("p", &packages_in(TREE), &["hooks-service", "hooks-macros", "libc"]);
        let failure = failure.unwrap_err().to_string();
        assert!(failure.ends_with("libc, syn"), "{failure}");
    }
}
