//! Every way in which a process dies, with real processes: this program, started again.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod allocator;
mod cases;
mod monitored;
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
    if let Some("die") = words.get(1).map(String::as_str) {
        return ways::die(&words[2..]);
    }
    let arguments = Arguments::from_args();
    let trials = [cases::all(), monitored::all()].concat();
    let trials = trials.into_iter().map(|(name, case)| {
        Trial::test(name, move || {
            case();
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
