//! Annotated code in Miri, as users run theirs: it has neither assembly nor sections of the linker, and few system calls. What
//! stands in their place is chosen by `cfg(miri)`, and nothing else compiles it.

use super::counted;
use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

/// Miri is a part of nightly alone; of this one, so that no night breaks the lane.
const NIGHTLY: &str = "nightly-2026-05-20";

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    rust::miri(NIGHTLY).map(drop)
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let folder = workspace.lane_target("miri");
    let miri = workspace.step("rustup").args(["run", NIGHTLY, "cargo", "miri", "test", "-p", "interpreted"]);
    // With its own library, which it would otherwise keep among the user's files.
    let miri = miri.env("XDG_CACHE_HOME", folder.join("cache")).env("CARGO_TARGET_DIR", folder);
    counted::run("annotated code", miri.args(["--test", "main"])).map(|remark| vec![remark])
}
