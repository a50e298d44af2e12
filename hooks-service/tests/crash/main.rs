//! Every way in which a process dies, with real processes: this program, started again.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod allocator;
mod cases;
mod handlers;
#[path = "../../../hooks-runtime/tests/support/itself.rs"]
mod itself;
mod monitored;
mod options;
mod outlets;
mod panics;
mod victim;
mod ways;

use hooks_service::crash;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == "late") {
        return victim::late();
    }
    crash::monitor_entry_with(victim::on_crash);
    match words.get(1).map(String::as_str) {
        Some("die") => ways::die(&words[2..]),
        _ => test(),
    }
}

/// What musl does not give: the status of an exit, so that a panic of main is not known by it; unwind tables of its own, so
/// that a stack which begins in it (`abort`, a thread that waits) ends there; its own words before an abort; and std tells of no
/// overflow there.
const OF_GLIBC: [&str; 17] = [
    "a_process_waits_for_the_monitor_which_has_its_last_words",
    "a_tee_has_everything_in_both_places",
    "an_exit_with_the_status_of_a_panic_is_told_of_any_thread",
    "an_overflow_is_told_in_both_places_and_then_std_speaks",
    "descriptors_may_be_closed_or_used_up",
    "hooks_and_handlers_of_the_program_are_called",
    "its_descriptors_may_be_closed_and_stderr_replaced",
    "other_threads_are_asked_for_their_stacks",
    "panics_that_were_before_the_end_are_told_after_it",
    "panics_that_end_the_process_are_in_both_places",
    "recovered_faults_are_no_crashes_and_crashes_are_still_reported",
    "the_environment_asks_for_more_and_never_less",
    "the_monitor_names_the_stack_and_calls_the_program",
    "the_monitor_writes_a_trace_of_the_last_seconds_however_the_process_dies",
    "the_panic_of_main_is_the_one_that_counts",
    "the_stack_of_a_panic_is_the_one_that_std_prints",
    "what_is_said_before_the_abort_is_on_stderr_only",
];

fn test() -> ExitCode {
    let arguments = Arguments::from_args();
    // A monitor is started by the library, which knows of no emulator.
    let monitored = monitored::all().into_iter().map(|case| (case, itself::emulator().is_some()));
    let cases = [cases::all(), panics::all(), outlets::all()].concat();
    let cases = cases.into_iter().map(|case| (case, false));
    let trials = cases.chain(monitored).map(|((name, case), ignored)| {
        let ignored = ignored || (cfg!(target_env = "musl") && OF_GLIBC.contains(&name));
        let trial = Trial::test(name, move || {
            case();
            Ok(())
        });
        trial.with_ignored_flag(ignored)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
