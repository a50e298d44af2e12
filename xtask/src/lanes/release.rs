//! Optimisers drop what nothing refers to: sites of functions that are never called must survive them.

use super::counted;
use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

/// Tests whose outcome could change with optimisation. Those of `ui-tests` would be named one by one: compile-fail cases
/// say the same at every level.
const TESTS: [&str; 4] = ["-p", "hooks-runtime", "--lib", "--tests"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let host = rust::host(workspace)?;
    let run = |what: &str, lto: &str| {
        let test = workspace.cargo().args(["test", "--release", "--all-features"]).args(TESTS);
        counted::run(what, counted::isolated(test.env("CARGO_PROFILE_RELEASE_LTO", lto), &host, None)?)
    };
    Ok(vec![run("release", "off")?, run("fat LTO", "fat")?])
}
