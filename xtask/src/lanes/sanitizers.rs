//! The sanitizers. They are flags of nightly, but stable ships their runtimes, and `RUSTC_BOOTSTRAP` has it accept the
//! flags: one compiler for all lanes, and nothing to install.

use super::counted::{self, Programs};
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

/// What runs under `AddressSanitizer`.
const TESTS: [&str; 5] = ["-p", "hooks-runtime", "--all-features", "--lib", "--tests"];

/// Where threads meet, or a thread and its signal handler: `ThreadSanitizer` takes a second for each process, and the
/// other tests have one thread. rayon orders its queues by fences, which the sanitizer does not model.
const THREADED: [&str; 13] = [
    "--skip=labels::spawn::rayon::",
    "cleanup::add::",
    "cleanup::background::",
    "keep_alive::leases::",
    "labels::polls::",
    "labels::sets::",
    "labels::signal::",
    "labels::spawn::",
    "labels::thread_end::",
    "labels::thread_hook::",
    "os_thread::named::",
    "tasks::",
    "trace::executors::",
];

/// As far as it can be had for hooks-service: handlers of signals for the process, and of those that a thread brings
/// upon itself, in a program of their own.
const SHUTDOWN: &str = "shutdown::";

/// The sanitizer keeps a signal back until the thread calls something that it knows, which a thread that waits in a
/// futex does not: dumps of all threads are late and cut. It has an allocator of its own, whose last words are others, a
/// thread of its own, and none may be started after a fork, nor a signal handler fork. The standard library that is built for
/// it names its frames otherwise, and slowly. A signal that meets the main thread just before it goes to sleep again, woken
/// by another signal, is kept back for ever: two at once are then one. So is one that only the watcher hears, in its futex.
const NOT_UNDER_IT: [&str; 13] = [
    "other_threads_are_asked_for_their_stacks",
    "the_environment_asks_for_more",
    "the_monitor_names_the_stack",
    "a_service_that_does_not_drain",
    "what_is_said_before_the_abort",
    "a_tee_has_everything",
    "called_late_or_not_at_all",
    "a_forked_child_dies_of_the_signal",
    "a_crash_of_the_report_or_of_a_handler_after_it",
    "the_stack_of_a_panic_is_the_one_that_std_prints",
    "two_signals_at_once_are_one_request",
    "signals_that_the_parent_blocked_are_heard",
    "a_second_signal_ends_at_once",
];

/// Processes that end while threads run are what is tested; and they die of their signals.
const PROCESSES: &str =
    "report_thread_leaks=0 handle_segv=0 handle_sigbus=0 handle_abort=0 handle_sigill=0 handle_sigfpe=0";

/// The standard library is used as it comes, hence the flag that allows the mixture.
pub(crate) fn address(workspace: &Workspace) -> Outcome<Vec<String>> {
    let flags = "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer";
    let host = rust::host()?;
    let test = counted::isolated(workspace, test(workspace, flags, &host), &host, None)?;
    let test = test.env("ASAN_OPTIONS", "detect_stack_use_after_return=1");
    counted::run("address", test.args(TESTS)).map(|remark| vec![remark])
}

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    rust::part(&Part::Source).map(drop)
}

/// The standard library is built too: of one without instrumentation, the sanitizer sees half of each lock and
/// channel, and reports races where there are none.
pub(crate) fn thread(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let test = test(workspace, "-Zsanitizer=thread", &rust::host()?).arg("-Zbuild-std");
    let test = test.args(["-p", "hooks-runtime", "-p", "hooks-service", "--all-features"]);
    let programs = Programs::build(workspace, test.args(["--test", "main", "--test", "crash"]))?;
    let run = |source: &str, options: &str, filter: &[&str]| {
        let suppressions = workspace.root.join("xtask/thread-sanitizer.supp");
        // By default each program sleeps for a second at its end, in case that a thread races with it then.
        let options =
            format!("halt_on_error=1 atexit_sleep_ms=100 suppressions={} {options}", suppressions.display());
        // A trace costs seconds where the standard library is instrumented.
        let tests = programs.tests(source, filter)?.env("TSAN_OPTIONS", options).env("RUST_BACKTRACE", "0");
        counted::run(source, tests)
    };
    let skipped: Vec<&str> = NOT_UNDER_IT.iter().flat_map(|name| ["--skip", name]).collect();
    Ok(vec![
        run("hooks-runtime/tests/main.rs", "", &THREADED)?,
        run("hooks-service/tests/main.rs", PROCESSES, &[&skipped[..], &[SHUTDOWN]].concat())?,
        run("hooks-service/tests/crash/main.rs", PROCESSES, &skipped)?,
    ])
}

/// In a folder of its own: what the variable allows, build scripts look at, and cargo runs them and builds all above them
/// again whenever it comes or goes.
fn test(workspace: &Workspace, flags: &str, host: &str) -> Step {
    let test = workspace.cargo().args(["test", "--target", host]).env("RUSTFLAGS", flags);
    test.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", workspace.lane_target("sanitizers"))
}
