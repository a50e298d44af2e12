//! loom runs the lock-free parts in every order of memory operations that the model allows.

use super::counted;
use crate::failure::Outcome;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let test = workspace.cargo().args(["test", "--release", "-p", "hooks-runtime", "-p", "hooks-service"]);
    let test = test.args(["--lib", "loom_"]);
    let test = test.env("RUSTFLAGS", "--cfg loom").env("CARGO_TARGET_DIR", workspace.lane_target("loom"));
    counted::run("models", test).map(|remark| vec![remark])
}
