//! Every test of the default members, each in a process of its own.

use super::counted;
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::rust;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    if workspace.cargo().args(["nextest", "--version"]).read().is_ok() {
        let nextest = workspace.cargo().args(["nextest", "run", "--all-features", "--no-fail-fast"]);
        isolated(workspace, nextest)?.run()?;
        return Ok(Vec::new());
    }
    let test = workspace.cargo().args(["test", "--all-features", "--no-fail-fast", "--all-targets"]);
    let test = isolated(workspace, test)?;
    let remark = counted::run("no cargo-nextest here, so one process a test by xtask itself", test)?;
    Ok(vec![remark])
}

pub(crate) fn isolated(workspace: &Workspace, test: Step) -> Outcome<Step> {
    counted::isolated(workspace, with_go(workspace, test), &rust::host()?, None)
}

/// Tells the tests where Go is. Where it cannot be had its own lane has failed already, and the tests that need it
/// fail by name; all others still run.
pub(crate) fn with_go(workspace: &Workspace, step: Step) -> Step {
    match workspace.tools.go() {
        Ok(go) => step.envs(go.variables()),
        Err(_) => step,
    }
}
