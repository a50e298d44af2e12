//! loom runs the lock-free parts in every order of memory operations that the model allows.

use super::counted;
use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let test = workspace.cargo().args(["test", "--release", "-p", "hooks-runtime", "-p", "hooks-service"]);
    // With a target, so that macros and build scripts are those of the other lanes.
    let test = test.args(["--target", &rust::host()?, "--lib", "loom_"]);
    let test = test.env("RUSTFLAGS", "--cfg loom");
    counted::run("models", test).map(|remark| vec![remark])
}
