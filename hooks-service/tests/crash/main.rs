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

fn test() -> ExitCode {
    let arguments = Arguments::from_args();
    // A monitor is started by the library, which knows of no emulator.
    let monitored = monitored::all().into_iter().map(|case| (case, itself::emulator().is_some()));
    let cases = [cases::all(), panics::all(), outlets::all()].concat();
    let cases = cases.into_iter().map(|case| (case, false));
    let trials = cases.chain(monitored).map(|((name, case), ignored)| {
        let trial = Trial::test(name, move || {
            case();
            Ok(())
        });
        trial.with_ignored_flag(ignored)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
