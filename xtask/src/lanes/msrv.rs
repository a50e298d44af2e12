//! The oldest Rust that each crate promises to compile with.

use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

const OLDEST: [(&str, &[&str]); 2] =
    [("1.85.0", &["-p", "hooks-macros", "-p", "hooks-runtime"]), ("1.88.0", &["-p", "hooks-service"])];

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    OLDEST.iter().try_for_each(|(release, _)| rust::rustc(release).map(drop))
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    OLDEST.iter().try_for_each(|(release, packages)| check(workspace, release, packages))?;
    Ok(Vec::new())
}

fn check(workspace: &Workspace, release: &str, packages: &[&str]) -> Outcome<()> {
    let check = workspace.cargo().args(["check", "--all-features"]).args(packages);
    let check = check.env("RUSTC", rust::rustc(release)?).env("RUSTFLAGS", "-D warnings");
    check.env("CARGO_TARGET_DIR", workspace.lane_target(&format!("msrv-{release}"))).run()
}
