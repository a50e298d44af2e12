//! The documentation builds without a warning, and its examples run.

use super::counted;
use crate::failure::Outcome;
use crate::workspace::Workspace;

const LIBRARIES: [&str; 6] = ["-p", "hooks-macros", "-p", "hooks-runtime", "-p", "hooks-service"];

pub(crate) fn build(workspace: &Workspace) -> Outcome<Vec<String>> {
    let doc = workspace.cargo().args(["doc", "--no-deps", "--all-features"]).args(LIBRARIES);
    doc.env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(Vec::new())
}

pub(crate) fn test(workspace: &Workspace) -> Outcome<Vec<String>> {
    let doc = workspace.cargo().args(["test", "--doc", "--all-features"]).args(LIBRARIES);
    counted::run("examples", doc).map(|remark| vec![remark])
}
