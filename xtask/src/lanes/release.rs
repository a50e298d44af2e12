//! Optimisers drop what nothing refers to: sites of functions that are never called must survive them.

use super::counted::{self, Programs};
use crate::failure::Outcome;
use crate::step::Step;
use crate::workspace::Workspace;

/// What a program has once: sites, of which one has none, and an allocator.
const PROGRAMS: [&str; 3] = [
    "ui-tests/sites/tests/listed.rs",
    "ui-tests/sites/tests/no_sites.rs",
    "hooks-runtime/tests/allocation.rs",
];

const RUNTIME: &str = "hooks-runtime/tests/main.rs";
const STORMS: &str = "storms/tests/main.rs";

/// The tests whose outcome optimisation could change: what is read behind the compiler's back, by signal handlers, the
/// kernel or assembly, and what is pinned by our own unsafe code. The others say the same at every level.
const RELEASE: [&str; 7] =
    ["fault::", "keep_alive::", "labels::", "os_thread::sync::", "polled::", "tasks::", "trace::annotated::"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let programs = build(workspace)?;
    let mut remarks = of_each("release, programs", &programs, &PROGRAMS)?;
    remarks.push(counted::run("release", programs.tests(RUNTIME, &RELEASE)?)?);
    remarks.push(counted::run("callers", programs.tests(STORMS, &["capture::"])?)?);
    remarks.push(storm(workspace, &programs)?);
    remarks.push(stacks(workspace, &programs)?);
    remarks.push(trace(workspace, &programs)?);
    remarks.extend(of_each("fat LTO", &with_fat_lto(workspace)?, &PROGRAMS[..2])?);
    Ok(remarks)
}

fn build(workspace: &Workspace) -> Outcome<Programs> {
    let names = ["listed", "no_sites", "allocation", "main", "storms"];
    Programs::build(
        workspace,
        optimised(workspace, "test").args(names.iter().flat_map(|name| ["--test", name])),
    )
}

/// Of all that is ever built in release, whatever of it is wanted: so cargo builds what they depend on once, for the lane
/// `example` too. Without the tests of hooks-service, which need many libraries.
pub(super) fn optimised(workspace: &Workspace, command: &str) -> Step {
    let packages = ["hooks-runtime", "sites", "storms", "examples"].iter().flat_map(|name| ["-p", name]);
    workspace.cargo().args([command, "--release", "--all-features"]).args(packages)
}

/// It optimises the standard library anew for every program: the small ones, which are what it could drop sites of.
fn with_fat_lto(workspace: &Workspace) -> Outcome<Programs> {
    let test = workspace.cargo().args([
        "test",
        "--release",
        "-p",
        "sites",
        "--test",
        "listed",
        "--test",
        "no_sites",
    ]);
    Programs::build(workspace, test.env("CARGO_PROFILE_RELEASE_LTO", "fat"))
}

fn of_each(what: &str, programs: &Programs, sources: &[&str]) -> Outcome<Vec<String>> {
    let name = |source: &str| format!("{what}, {source}");
    sources.iter().map(|source| counted::run(&name(source), programs.tests(source, &[])?)).collect()
}

/// The profiler at 1 kHz under everything that makes profilers crash; in the lane `tests` for 3 s.
fn storm(workspace: &Workspace, programs: &Programs) -> Outcome<String> {
    let test = programs.tests(STORMS, &["profile::"])?;
    counted::run("storm", test.env("HOOKS_STORM_SECONDS", seconds(workspace)))
}

/// Dumps of a thousand threads in every kind of trouble; in the lane `tests` it is 300 threads for 3 s.
fn stacks(workspace: &Workspace, programs: &Programs) -> Outcome<String> {
    let test = programs.tests(STORMS, &["stacks::"])?;
    let test = test.env("HOOKS_STACKS_SECONDS", seconds(workspace)).env("HOOKS_STACKS_THREADS", "1000");
    counted::run("stacks of 1,000 threads", test)
}

/// Recorders that start, stop and are read while threads do everything at once; in the lane `tests` for 3 s.
fn trace(workspace: &Workspace, programs: &Programs) -> Outcome<String> {
    let test = programs.tests(STORMS, &["trace::"])?;
    counted::run("storm of traces", test.env("HOOKS_TRACE_SECONDS", seconds(workspace)))
}

fn seconds(workspace: &Workspace) -> &'static str {
    if workspace.full { "60" } else { "10" }
}
