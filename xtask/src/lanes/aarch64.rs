//! The tests of 64-bit ARM under qemu. Emulated timers lose ticks, so tests assert correctness there, not rates.

use super::counted;
use crate::failure::Outcome;
use crate::tools::aarch64::Aarch64;
use crate::workspace::Workspace;

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// Enough to see that memory layout, TLS and link sections are right. Without the tests that start themselves again:
/// the child would be without the emulator.
#[rustfmt::skip]
const SHORT: &[&str] = &[
    "-p", "hooks-runtime", "--lib", "--test", "allocation", "--test", "bounds", "--test", "evaluation",
    "--test", "fault_maps", "--test", "nesting", "--test", "polls", "--test", "sets", "--test", "signal", "--test", "spawn",
    "--test", "thread_end", "--test", "thread_hook", "--test", "types", "--test", "values",
];
const FULL: &[&str] = &["-p", "hooks-runtime", "-p", "hooks-service", "--all-features", "--lib", "--tests"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let tools = Aarch64::get(&workspace.tools)?;
    let packages = if workspace.options.full { FULL } else { SHORT };
    let test = workspace.cargo().args(["test", "--target", TARGET]).args(packages);
    let test = test.env("RUSTC", tools.rustc()).env("CARGO_TARGET_DIR", workspace.lane_target("aarch64"));
    let test = test.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", tools.linker());
    counted::run("aarch64", counted::isolated(test, TARGET, Some(&tools.emulator()))?)
        .map(|remark| vec![remark])
}
