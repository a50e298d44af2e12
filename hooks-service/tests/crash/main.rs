//! Every way in which a process dies, with real processes: this program, started again.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod allocator;
mod cases;
mod monitored;
mod victim;
mod ways;

use hooks_service::crash;
use libtest_mimic::{Arguments, Trial};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == "late") {
        return victim::late();
    }
    crash::monitor_entry_with(victim::on_crash);
    match words.get(1).map(String::as_str) {
        Some("die") => ways::die(&words[2..]),
        Some("probe") => ExitCode::SUCCESS,
        _ => test(),
    }
}

fn test() -> ExitCode {
    let arguments = Arguments::from_args();
    let ignored = !starts_itself();
    let trials = [cases::all(), monitored::all()].concat();
    let trials = trials.into_iter().map(|(name, case)| {
        let trial = Trial::test(name, move || {
            case();
            Ok(())
        });
        trial.with_ignored_flag(ignored)
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// In an emulator it does not: the kernel is given a program of another processor.
fn starts_itself() -> bool {
    let probe = Command::new(std::env::current_exe().unwrap()).arg("probe").status();
    probe.is_ok_and(|status| status.success())
}
