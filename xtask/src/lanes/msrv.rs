//! The oldest Rust that each crate promises to compile with.

use std::path::Path;

use crate::failure::Outcome;
use crate::lane::PART_LEFT_OUT;
use crate::tools::rust;
use crate::workspace::Workspace;

const LIBRARIES: [&str; 4] = ["-p", "hooks-macros", "-p", "hooks-runtime"];
const SERVICE: [&str; 2] = ["-p", "hooks-service"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    check(workspace, "1.85", &rust::rustc(&workspace.tools, "1.85")?, &LIBRARIES)?;
    // Debian 12 offers 1.85 and the newest only, so just a machine whose rustup has it can compile with it.
    let Some(rustc) = rust::installed_rustc("1.88") else {
        return Ok(vec![
            format!("{PART_LEFT_OUT}: hooks-service was not compiled with its floor 1.88, rustup has none"),
            "to compile it: `rustup toolchain install 1.88 --profile minimal`; the floor is declared, and"
                .into(),
            "the clippy lane checks uses of the standard library against it (incompatible_msrv)".into(),
        ]);
    };
    check(workspace, "1.88", &rustc, &SERVICE).map(|()| Vec::new())
}

fn check(workspace: &Workspace, release: &str, rustc: &Path, packages: &[&str]) -> Outcome<()> {
    let check = workspace.cargo().args(["check", "--all-features"]).args(packages);
    let check = check.env("RUSTC", rustc).env("RUSTFLAGS", "-D warnings");
    check.env("CARGO_TARGET_DIR", workspace.lane_target(&format!("msrv-{release}"))).run()
}
