//! The oldest Rust that each crate promises to compile with.

use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

const LIBRARIES: [&str; 4] = ["-p", "hooks-macros", "-p", "hooks-runtime"];
const SERVICE: [&str; 2] = ["-p", "hooks-service"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    check(workspace, "1.85.0", &LIBRARIES)?;
    check(workspace, "1.88.0", &SERVICE)?;
    Ok(Vec::new())
}

fn check(workspace: &Workspace, release: &str, packages: &[&str]) -> Outcome<()> {
    let check = workspace.cargo().args(["check", "--all-features"]).args(packages);
    let check = check.env("RUSTC", rust::rustc(release)?).env("RUSTFLAGS", "-D warnings");
    check.env("CARGO_TARGET_DIR", workspace.lane_target(&format!("msrv-{release}"))).run()
}
