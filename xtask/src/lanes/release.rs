//! Optimisers drop what nothing refers to: sites of functions that are never called must survive them.

use super::counted;
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::rust;
use crate::workspace::Workspace;

const PACKAGES: [&str; 4] = ["-p", "sites", "-p", "hooks-runtime"];

/// What a program has once: sites, of which one has none, and an allocator.
const PROGRAMS: [&str; 6] = ["--test", "listed", "--test", "no_sites", "--test", "allocation"];

/// The tests whose outcome optimisation could change: what is read behind the compiler's back, by signal handlers, the
/// kernel or assembly. The others say the same at every level.
const RELEASE: [&str; 8] =
    ["--test", "main", "--", "fault::", "keep_alive::", "labels::", "os_thread::sync::", "tasks::"];

/// Fat LTO optimises the standard library anew for every test program: the few that it could break.
const FAT_PROGRAMS: [&str; 4] = ["--test", "listed", "--test", "no_sites"];
const FAT: [&str; 4] = ["--test", "main", "--", "labels::polls::"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let run = |what: &str, lto: &str, tests: &[&str]| {
        let test = workspace.cargo().args(["test", "--release", "--all-features"]).args(PACKAGES).args(tests);
        isolated(what, test.env("CARGO_PROFILE_RELEASE_LTO", lto))
    };
    Ok(vec![
        run("release, programs", "false", &PROGRAMS)?,
        run("release", "false", &RELEASE)?,
        run("fat LTO, programs", "fat", &FAT_PROGRAMS)?,
        run("fat LTO", "fat", &FAT)?,
        storm(workspace)?,
        stacks(workspace)?,
    ])
}

fn isolated(what: &str, test: Step) -> Outcome<String> {
    counted::run(what, counted::isolated(test, &rust::host()?, None)?)
}

/// The profiler under a storm of 30 s at 1 kHz, and of 3 s in each other way; in the lane `tests` of 3 s and 1 s.
fn storm(workspace: &Workspace) -> Outcome<String> {
    let test = service(workspace, "profile::storm::").env("HOOKS_STORM_SECONDS", "30");
    isolated("storm of 30 s", test)
}

/// Dumps of a thousand threads in every kind of trouble for 30 s; in the lane `tests` it is 300 threads for 3.
fn stacks(workspace: &Workspace) -> Outcome<String> {
    let test = service(workspace, "stacks::storm::");
    let test = test.env("HOOKS_STACKS_SECONDS", "30").env("HOOKS_STACKS_THREADS", "1000");
    isolated("stacks of 1,000 threads for 30 s", test)
}

fn service(workspace: &Workspace, tests: &str) -> Step {
    let test = workspace.cargo().args(["test", "--release", "--all-features", "-p", "hooks-service"]);
    test.args(["--test", "main", "--", tests])
}
