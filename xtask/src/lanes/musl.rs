//! The tests with musl: what reads thread-local storage, tables and the kernel by another C library, in a program that is
//! linked as a whole.

use super::counted::{self, Programs};
use crate::failure::Outcome;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Programs, and of their tests those that a C library could change. What musl does not give, the status of an exit and
/// unwind tables of its own, the tests leave out by themselves. Without what takes long to build or to run: the profiler
/// counts ticks of the kernel, not of a library.
const PROGRAMS: [(&str, &[&str]); 7] = [
    ("hooks-runtime/tests/main.rs", &[]),
    ("hooks-runtime/tests/at_exit.rs", &[]),
    ("hooks-runtime/tests/exit_main.rs", &[]),
    ("hooks-runtime/tests/os_thread_main.rs", &[]),
    ("hooks-service/tests/main.rs", &["shutdown::", "stacks::"]),
    ("hooks-service/tests/crash/main.rs", &[]),
    ("hooks-service/tests/crash_before_main.rs", &[]),
];

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    rust::part(&Part::Target(TARGET)).map(drop)
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let test = workspace.cargo().args(["test", "--target", TARGET, "--all-features"]);
    let test = test.args(["-p", "hooks-runtime", "-p", "hooks-service"]);
    let test = test.args(["--test", "main", "--test", "crash", "--test", "crash_before_main"]);
    let test = test.args(["--test", "at_exit", "--test", "exit_main", "--test", "os_thread_main"]);
    let programs = Programs::build(workspace, test.env("RUSTFLAGS", "-D warnings"))?;
    let run = |(source, filter): &(&str, &[&str])| counted::run(source, programs.tests(source, filter)?);
    PROGRAMS.iter().map(run).collect()
}
