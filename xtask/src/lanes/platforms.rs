//! Systems that no test runs on: the crates compile there with every feature, and say `Unsupported` at run time.

use crate::failure::Outcome;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

const TARGETS: [&str; 3] = ["x86_64-apple-darwin", "x86_64-pc-windows-gnu", "x86_64-unknown-linux-musl"];

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    TARGETS.iter().try_for_each(|target| rust::part(&Part::Target(target)).map(drop))
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let check =
        workspace.cargo().args(["check", "--all-features", "-p", "hooks-runtime", "-p", "hooks-service"]);
    let check = check.args(TARGETS.iter().flat_map(|target| ["--target", target]));
    check.env("RUSTFLAGS", "-D warnings").run()?;
    Ok(Vec::new())
}
