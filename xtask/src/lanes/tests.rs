//! Tests as anyone runs them, and models of the lock-free parts.

use super::counted;
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::rust;
use crate::workspace::Workspace;

pub(crate) fn fetch_go(workspace: &Workspace) -> Outcome<()> {
    workspace.tools.go().map(drop)
}

pub(crate) fn go(workspace: &Workspace) -> Outcome<Vec<String>> {
    workspace.tools.go()?.version().map(|version| vec![version])
}

pub(crate) fn fetch_perfetto(workspace: &Workspace) -> Outcome<()> {
    workspace.tools.trace_processor().map(drop)
}

pub(crate) fn perfetto(workspace: &Workspace) -> Outcome<Vec<String>> {
    workspace.tools.trace_processor().map(|processor| vec![processor.version().to_owned()])
}

/// Every test of the default members, each in a process of its own.
pub(crate) fn all(workspace: &Workspace) -> Outcome<Vec<String>> {
    if has_nextest(workspace) {
        let nextest = workspace.cargo().args(["nextest", "run", "--all-features", "--profile", "lanes"]);
        return isolated(workspace, nextest.args(PROGRAMS).arg("--no-fail-fast"))?.run_lane();
    }
    let test = workspace.cargo().args(["test", "--all-features", "--no-fail-fast"]);
    let test = isolated(workspace, test.args(PROGRAMS))?;
    let remark = counted::run("no cargo-nextest here, so one process a test by xtask itself", test)?;
    Ok(vec![remark])
}

/// What has tests. The examples have none; their lane builds and runs them.
const PROGRAMS: [&str; 3] = ["--lib", "--bins", "--tests"];

pub(crate) fn has_nextest(workspace: &Workspace) -> bool {
    workspace.cargo().args(["nextest", "--version"]).read().is_ok()
}

pub(crate) fn examples(workspace: &Workspace) -> Outcome<Vec<String>> {
    // Of all members: of a choice, cargo would build everything again with the features that these ask for.
    let doc = workspace.cargo().args(["test", "--doc", "--all-features"]);
    counted::run("examples", doc).map(|remark| vec![remark])
}

/// loom runs the lock-free parts in every order of memory operations that the model allows. Only what runs in each order is
/// optimised: the models, and what they model.
pub(crate) fn models(workspace: &Workspace) -> Outcome<Vec<String>> {
    let test = workspace.cargo().args(["test", "-p", "hooks-runtime", "-p", "models"]);
    let optimised = ["hooks-runtime", "models"]
        .map(|package| format!("--config=profile.dev.package.{package}.opt-level=1"));
    // With a target, so that macros and build scripts are those of the other lanes.
    let test = test.args(optimised).args(["--target", &rust::host()?, "--lib", "loom_"]);
    counted::run("models", test.env("RUSTFLAGS", "--cfg loom")).map(|remark| vec![remark])
}

pub(crate) fn isolated(workspace: &Workspace, test: Step) -> Outcome<Step> {
    counted::isolated(workspace, with_tools(workspace, test), &rust::host()?, None)
}

/// Tells the tests where the tools are that read what we write. Where one cannot be had its own lane has failed already, and
/// the tests that need it fail by name; all others still run.
fn with_tools(workspace: &Workspace, step: Step) -> Step {
    let step = with_go(workspace, step);
    match workspace.tools.trace_processor() {
        Ok(processor) => step.envs(processor.variables()),
        Err(_) => step,
    }
}

/// Benches need no more.
pub(crate) fn with_go(workspace: &Workspace, step: Step) -> Step {
    match workspace.tools.go() {
        Ok(go) => step.envs(go.variables()),
        Err(_) => step,
    }
}
