//! What the compilers say without running anything.

use super::quick::Changed;
use crate::failure::Outcome;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

/// The oldest Rust that each crate promises to compile with.
const OLDEST: [(&str, &[&str]); 2] =
    [("1.85.0", &["-p", "hooks-macros", "-p", "hooks-runtime"]), ("1.88.0", &["-p", "hooks-service"])];

/// Systems that no test runs on: the crates compile there with every feature, and say `Unsupported` at run time.
const PLATFORMS: [&str; 3] = ["x86_64-apple-darwin", "x86_64-pc-windows-gnu", "x86_64-unknown-freebsd"];

pub(crate) fn format(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Rustfmt)?;
    workspace.cargo().args(["fmt", "--all", "--check"]).run_lane()
}

pub(crate) fn clippy(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Clippy)?;
    let clippy = workspace.cargo().args(["clippy", "--all-targets", "--all-features"]);
    let chosen = if workspace.quick { Changed::of(workspace)? } else { Changed::All };
    let clippy = chosen.select(clippy, &NOT_FOR_CLIPPY);
    clippy.map_or_else(|| Ok(Vec::new()), |clippy| clippy.args(["--", "-D", "warnings"]).run_lane())
}

/// The editions allow all of clippy's lints, since their bodies are odd on purpose, and deny the compiler's, which the lane
/// `tests` sees; the benches have a lane of their own.
const NOT_FOR_CLIPPY: [&str; 4] = ["edition-2021", "edition-2024", "benches", "peer-pprof"];

/// Not among the default members, since the peers that we measure against are many packages.
pub(crate) fn benches(workspace: &Workspace) -> Outcome<Vec<String>> {
    rust::part(&Part::Clippy)?;
    let clippy = workspace.cargo().args(["clippy", "-p", "benches", "-p", "peer-pprof", "--all-targets"]);
    clippy.args(["--", "-D", "warnings"]).run_lane()
}

pub(crate) fn fetch_oldest(_: &Workspace) -> Outcome<()> {
    OLDEST.iter().try_for_each(|(release, _)| rust::rustc(release).map(drop))
}

pub(crate) fn oldest(workspace: &Workspace) -> Outcome<Vec<String>> {
    for (release, packages) in OLDEST {
        let check = workspace.cargo().args(["check", "--all-features"]).args(packages);
        let check = check.env("RUSTC", rust::rustc(release)?).env("RUSTFLAGS", "-D warnings");
        check.env("CARGO_TARGET_DIR", workspace.lane_target(&format!("msrv-{release}"))).run()?;
    }
    Ok(Vec::new())
}

pub(crate) fn fetch_platforms(_: &Workspace) -> Outcome<()> {
    PLATFORMS.iter().try_for_each(|target| rust::part(&Part::Target(target)).map(drop))
}

pub(crate) fn platforms(workspace: &Workspace) -> Outcome<Vec<String>> {
    fetch_platforms(workspace)?;
    let check = workspace.cargo().args(["check", "--all-features"]).args([
        "-p",
        "hooks-runtime",
        "-p",
        "hooks-service",
    ]);
    let check = check.args(PLATFORMS.iter().flat_map(|target| ["--target", target]));
    check.env("RUSTFLAGS", "-D warnings").run_lane()
}
