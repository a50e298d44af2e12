//! Optimisers drop what nothing refers to: sites of functions that are never called must survive them.

use super::counted;
use crate::failure::Outcome;
use crate::tools::rust;
use crate::workspace::Workspace;

/// The tests whose outcome optimisation could change: what is read behind the compiler's back, by signal handlers, the kernel
/// or assembly. The others say the same at every level, and each is a program to build.
const RELEASE: [&str; 18] = [
    "listed",
    "no_sites",
    "allocation",
    "bounds",
    "fault",
    "fault_maps",
    "keep_alive",
    "leases",
    "nesting",
    "os_thread_sync",
    "overflow",
    "polls",
    "sets",
    "signal",
    "tasks",
    "thread_end",
    "thread_hook",
    "values",
];

/// Fat LTO optimises the standard library anew for every test binary: the few that it could break.
const FAT: [&str; 10] =
    ["-p", "sites", "-p", "hooks-runtime", "--test", "listed", "--test", "no_sites", "--test", "polls"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let host = rust::host(workspace)?;
    let run = |what: &str, lto: &str, tests: &[&str]| {
        let test = workspace.cargo().args(["test", "--release", "--all-features"]).args(tests);
        counted::run(what, counted::isolated(test.env("CARGO_PROFILE_RELEASE_LTO", lto), &host, None)?)
    };
    Ok(vec![
        run("release", "false", &release())?,
        run("fat LTO", "fat", &FAT)?,
        storm(workspace)?,
        stacks(workspace)?,
    ])
}

fn release() -> Vec<&'static str> {
    let tests = RELEASE.iter().flat_map(|name| ["--test", name]);
    ["-p", "sites", "-p", "hooks-runtime"].into_iter().chain(tests).collect()
}

/// The profiler under a storm of 30 s at 1 kHz, and of 3 s in each other way; in the lane `tests` of 3 s and 1 s.
fn storm(workspace: &Workspace) -> Outcome<String> {
    let test =
        workspace.cargo().args(["test", "--release", "-p", "hooks-service", "--test", "profile_storm"]);
    counted::run("storm of 30 s", test.env("HOOKS_STORM_SECONDS", "30"))
}

/// Dumps of a thousand threads in every kind of trouble for 30 s; in the lane `tests` it is 300 threads for 3.
fn stacks(workspace: &Workspace) -> Outcome<String> {
    let test = workspace.cargo().args(["test", "--release", "-p", "hooks-service", "--features", "stacks"]);
    let test = test.args(["--test", "stacks", "storm"]);
    let test = test.env("HOOKS_STACKS_SECONDS", "30").env("HOOKS_STACKS_THREADS", "1000");
    counted::run("stacks of 1,000 threads for 30 s", test)
}
