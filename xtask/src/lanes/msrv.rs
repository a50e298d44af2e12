//! The oldest Rust that each crate promises to compile with.

use std::path::Path;

use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

const LIBRARIES: [&str; 4] = ["-p", "hooks-macros", "-p", "hooks-runtime"];
const SERVICE: [&str; 2] = ["-p", "hooks-service"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    check(workspace, "1.85", &rust::rustc(&workspace.tools, "1.85")?, &LIBRARIES)?;
    // No registry carries 1.88, so only a machine whose rustup has it can compile with it.
    let Some(rustc) = rust::installed_rustc("1.88") else {
        return Ok(vec![
            "hooks-service's floor 1.88 was NOT compiled with: rustup has no 1.88 (`rustup toolchain install 1.88`);".into(),
            "clippy's incompatible_msrv has checked the standard library's items against it".into(),
        ]);
    };
    check(workspace, "1.88", &rustc, &SERVICE).map(|()| Vec::new())
}

fn check(workspace: &Workspace, release: &str, rustc: &Path, packages: &[&str]) -> Outcome<()> {
    let check = workspace.cargo().args(["check", "--all-features"]).args(packages);
    let check = check.env("RUSTC", rustc).env("RUSTFLAGS", "-D warnings");
    check.env("CARGO_TARGET_DIR", workspace.lane_target(&format!("msrv-{release}"))).run()
}
