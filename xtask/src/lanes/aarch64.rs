//! The tests of 64-bit ARM under qemu. Emulated timers lose ticks, so tests assert correctness there, not rates.

use super::counted;
use crate::failure::Outcome;
use crate::tools::Aarch64;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

const TARGET: &str = "aarch64-unknown-linux-gnu";
/// Enough to see that memory layout, TLS and link sections are right, and that faults are recovered. To build hooks-service
/// takes longer than all of this.
#[rustfmt::skip]
const SHORT: &[&[&str]] = &[
    &["-p", "hooks-runtime", "--lib", "--test", "allocation"],
    &["-p", "hooks-runtime", "--test", "main", "--", "fault::", "labels::", "tasks::"],
];

/// What the emulator can do. It has no vDSO, and loses ticks of timers: magnitudes and callers from within the vDSO are not
/// to be had. Crash monitors are left out by the tests themselves: the library starts them, without the emulator.
#[rustfmt::skip]
const FULL: &[&[&str]] = &[
    &["-p", "hooks-runtime", "--all-features", "--lib", "--tests"],
    &["-p", "hooks-service", "--all-features", "--test", "crash"],
    &[
        "-p", "hooks-service", "--all-features", "--test", "main", "--", "capture::", "shutdown::", "stacks::",
        "profile::errors::",
        "profile::fork::", "profile::labels::", "profile::sample::", "profile::signal::", "profile::split::",
        "profile::wall::",
    ],
];

pub(crate) fn prepare(workspace: &Workspace) -> Outcome<()> {
    rust::part(&Part::Target(TARGET))?;
    workspace.tools.aarch64().map(drop)
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let tools = workspace.tools.aarch64()?;
    let packages = if workspace.full { FULL } else { SHORT };
    packages.iter().map(|package| tests(workspace, tools, package)).collect()
}

fn tests(workspace: &Workspace, tools: &Aarch64, package: &[&str]) -> Outcome<String> {
    let test = workspace.cargo().args(["test", "--target", TARGET]).args(package);
    let test = test.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", tools.linker());
    counted::run(package[1], counted::isolated(workspace, test, TARGET, Some(&tools.emulator()))?)
}
