//! Form and lints of the whole tree.

use crate::failure::Outcome;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

pub(crate) fn format(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Rustfmt)?;
    workspace.cargo().args(["fmt", "--all", "--check"]).run()?;
    Ok(Vec::new())
}

pub(crate) fn clippy(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Clippy)?;
    let clippy =
        workspace.cargo().args(["clippy", "--all-targets", "--all-features", "--", "-D", "warnings"]);
    clippy.run()?;
    Ok(Vec::new())
}

/// Not among the default members, since the peers that we measure against are many packages.
pub(crate) fn benches(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Clippy)?;
    let clippy = workspace
        .cargo()
        .args(["clippy", "-p", "benches", "-p", "peer-pprof", "--all-targets"])
        .args(["--", "-D", "warnings"]);
    clippy.run()?;
    Ok(Vec::new())
}
