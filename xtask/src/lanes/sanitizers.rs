//! The sanitizers. They are flags of nightly, but stable ships their runtimes, and `RUSTC_BOOTSTRAP` has it accept the
//! flags: one compiler for all lanes, and nothing to install.

use super::counted;
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::rust::{self, Part};
use crate::workspace::Workspace;

/// What runs under `AddressSanitizer`.
const TESTS: [&str; 5] = ["-p", "hooks-runtime", "--all-features", "--lib", "--tests"];

/// Where threads meet, or a thread and its signal handler: `ThreadSanitizer` takes a second for each process, and the
/// other tests have one thread. rayon orders its queues by fences, which the sanitizer does not model.
const THREADED: [&str; 15] = [
    "--test",
    "main",
    "--",
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
];

/// As far as it can be had for hooks-service: handlers of signals for the process, and of those that a thread brings
/// upon itself.
const SHUTDOWN: [&str; 4] = ["--test", "main", "--", "shutdown::"];
const CRASH: [&str; 3] = ["--test", "crash", "--"];

/// The sanitizer keeps a signal back until the thread calls something that it knows, which a thread that waits in a
/// futex does not: dumps of all threads are late and cut. It has an allocator of its own, whose last words are others, a
/// thread of its own, and none may be started after a fork, nor a signal handler fork. The standard library that is built for
/// it names its frames otherwise, and slowly.
const NOT_UNDER_IT: [&str; 10] = [
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
];

/// Processes that end while threads run are what is tested; and they die of their signals.
const PROCESSES: &str =
    "report_thread_leaks=0 handle_segv=0 handle_sigbus=0 handle_abort=0 handle_sigill=0 handle_sigfpe=0";

/// The standard library is used as it comes, hence the flag that allows the mixture.
pub(crate) fn address(workspace: &Workspace) -> Outcome<Vec<String>> {
    let flags = "-Zsanitizer=address -Cunsafe-allow-abi-mismatch=sanitizer";
    let test = test(workspace, flags)?.env("ASAN_OPTIONS", "detect_stack_use_after_return=1");
    counted::run("address", test.args(TESTS)).map(|remark| vec![remark])
}

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    rust::part(&Part::Source).map(drop)
}

/// The standard library is built too: of one without instrumentation, the sanitizer sees half of each lock and
/// channel, and reports races where there are none.
pub(crate) fn thread(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let run = |package: &str, options: &str, tests: &[&str], skipped: &[&str]| {
        let test = instrumented(workspace, options)?.args(["-p", package, "--all-features"]).args(tests);
        counted::run(package, test.args(skipped.iter().flat_map(|name| ["--skip", name])))
    };
    Ok(vec![
        run("hooks-runtime", "", &THREADED, &[])?,
        run("hooks-service", PROCESSES, &SHUTDOWN, &NOT_UNDER_IT)?,
        run("hooks-service", PROCESSES, &CRASH, &NOT_UNDER_IT)?,
    ])
}

fn instrumented(workspace: &Workspace, options: &str) -> Outcome<Step> {
    let suppressions = workspace.root.join("xtask/thread-sanitizer.supp");
    let options = format!("halt_on_error=1 suppressions={} {options}", suppressions.display());
    let test = test(workspace, "-Zsanitizer=thread")?.arg("-Zbuild-std");
    // A trace costs seconds where the standard library is instrumented.
    Ok(test.env("TSAN_OPTIONS", options).env("RUST_BACKTRACE", "0"))
}

fn test(workspace: &Workspace, flags: &str) -> Outcome<Step> {
    let host = rust::host()?;
    let test = workspace.cargo().args(["test", "--target", &host]).env("RUSTFLAGS", flags);
    let test = test.env("RUSTC_BOOTSTRAP", "1");
    counted::isolated(workspace, test, &host, None)
}
