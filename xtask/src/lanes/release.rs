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

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let run = |what: &str, lto: &str, tests: &[&str]| {
        let test = workspace.cargo().args(["test", "--release", "--all-features"]).args(PACKAGES).args(tests);
        isolated(workspace, what, test.env("CARGO_PROFILE_RELEASE_LTO", lto))
    };
    Ok(vec![
        run("release, programs", "false", &PROGRAMS)?,
        run("release", "false", &RELEASE)?,
        // It optimises the standard library anew for every program: the small ones.
        run("fat LTO", "fat", &PROGRAMS)?,
        storm(workspace)?,
        stacks(workspace)?,
    ])
}

fn isolated(workspace: &Workspace, what: &str, test: Step) -> Outcome<String> {
    counted::run(what, counted::isolated(workspace, test, &rust::host()?, None)?)
}

/// The profiler at 1 kHz under everything that makes profilers crash; in the lane `tests` for 3 s.
fn storm(workspace: &Workspace) -> Outcome<String> {
    let test = service(workspace, "profile::storm::").env("HOOKS_STORM_SECONDS", seconds(workspace));
    isolated(workspace, "storm", test)
}

/// Dumps of a thousand threads in every kind of trouble; in the lane `tests` it is 300 threads for 3 s.
fn stacks(workspace: &Workspace) -> Outcome<String> {
    let test = service(workspace, "stacks::storm::").env("HOOKS_STACKS_SECONDS", seconds(workspace));
    isolated(workspace, "stacks of 1,000 threads", test.env("HOOKS_STACKS_THREADS", "1000"))
}

fn seconds(workspace: &Workspace) -> &'static str {
    if workspace.full { "60" } else { "10" }
}

fn service(workspace: &Workspace, tests: &str) -> Step {
    let test = workspace.cargo().args(["test", "--release", "--all-features", "-p", "hooks-service"]);
    test.args(["--test", "main", "--", tests])
}
