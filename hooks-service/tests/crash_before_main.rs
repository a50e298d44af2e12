//! A monitor under `#[tokio::main]`, with a real process: this program, started again.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
// The macro's section is no unsafe code of the program's.
#![forbid(unsafe_code)]

#[path = "../../hooks-runtime/tests/support/itself.rs"]
mod itself;

use hooks_service::crash::{self, CrashOutput, CrashReport, Monitor};
use libtest_mimic::{Arguments, Trial};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

/// Runs in the monitor. Its stdout is the crash output. That it can start a runtime shows that it is in none.
fn on_crash(report: CrashReport) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cause =
        runtime.block_on(async { tokio::spawn(async move { report.cause.to_string() }).await.unwrap() });
    println!("on_crash: {cause}");
}

crash::monitor_before_main!(on_crash);

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    match words.get(1).map(String::as_str) {
        Some("die") => die(&words[2], words[3].as_ref()).await,
        _ => test(),
    }
}

async fn die(way: &str, file: &Path) -> ExitCode {
    let monitor = Monitor::new().wait_at_most(Duration::from_secs(300));
    if let Err(error) = crash::install(CrashOutput::file(file).unwrap().monitor(monitor)) {
        println!("{error}");
        return ExitCode::from(2);
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        std::process::exit(1);
    }));
    if way == "abort" {
        std::process::abort();
    }
    drop(tokio::spawn(async { panic!("in a task") }).await);
    ExitCode::SUCCESS
}

fn test() -> ExitCode {
    let both_ends_are_told = || {
        let folder = tempfile::tempdir().unwrap();
        for (way, said, told) in [
            ("abort", "thread 'main' (", "on_crash: SIGABRT, abort\n"),
            ("panic", "\nin a task\n", " in the middle of a panic, by its hook"),
        ] {
            let file = folder.path().join(way);
            let mut victim = itself::command();
            // Ends when the monitor has, which holds stderr too.
            let output = victim.arg("die").arg(way).arg(&file).stdin(Stdio::null()).output().unwrap();
            let report = std::fs::read_to_string(&file).unwrap();
            assert!(report.contains(said) && report.contains(told), "{way}: {report}\n{output:?}");
            assert_eq!(output.status.signal().is_some(), way == "abort", "{output:?}");
        }
        Ok(())
    };
    let trial = Trial::test("a_monitor_enters_before_the_runtime_starts", both_ends_are_told);
    // A monitor is started by the library, which knows of no emulator.
    let trial = trial.with_ignored_flag(itself::emulator().is_some());
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}
