//! Four services that die, each under a monitor, and what was caught of each: a null pointer in a request, a panic in
//! one, a stack that overflows, and a `SIGKILL` that leaves no word.
//!
//! `cargo run --example crash_report`

use hooks_runtime::labeled;
use hooks_service::crash::{self, CrashOutput, CrashReport, Monitor, Panics};
use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

fn main() -> Result<(), Box<dyn Error>> {
    crash::monitor_entry_with(caught);
    let words: Vec<String> = env::args().collect();
    match words.get(1..) {
        Some([way, file]) => service(way, Path::new(file)),
        _ => show_all(),
    }
}

/// Runs in the monitor, which is a process of its own: a real one would send the report somewhere. Its stdout is the
/// crash output.
fn caught(report: CrashReport) {
    let CrashReport { process, cause, uptime, version, labels, stack, .. } = report;
    println!("caught: process {process} of version {version} ended after {uptime:.1?}: {cause}");
    for (key, value) in labels {
        println!("caught: while {key}={value}");
    }
    // Above are fns of std's that ours has called.
    if let Some(frame) = stack.iter().find(|frame| frame.own) {
        println!("caught: in {}, line {}", frame.function, frame.line);
    }
}

fn service(way: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    // Panics are caught at the end of the thread; they are worth a report all the same.
    let output = CrashOutput::file(file)?.version(env!("CARGO_PKG_VERSION"));
    crash::install(output.panics(Panics::All).monitor(Monitor::new()))?;
    let worker = thread::Builder::new().name("worker".into());
    let way = way.to_owned();
    worker.spawn(move || handle("/orders", &way))?.join().map_err(|_| "a request panicked")?;
    Ok(())
}

#[labeled(route)]
fn handle(route: &str, way: &str) {
    match way {
        "null" => _ = read_null(),
        "overflow" => _ = nest(0),
        // SAFETY: sends a signal to this process.
        "kill" => _ = unsafe { libc::kill(libc::getpid(), libc::SIGKILL) },
        _ => panic!("no such order, asked for by {route}"),
    }
}

#[inline(never)]
fn read_null() -> u8 {
    // SAFETY: none, this is the bug that the example is about.
    unsafe { std::ptr::without_provenance::<u8>(8).read_volatile() }
}

#[allow(unconditional_recursion, reason = "this is the bug that the example is about")]
#[inline(never)]
fn nest(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    nest(depth + 1) + room[1]
}

/// Each way, and what has to be in the crash output.
const WAYS: [(&str, &[&str]); 4] = [
    ("null", &["SIGSEGV", "caught: while route=/orders", "caught: in crash_report::read_null"]),
    ("panic", &["no such order, asked for by /orders"]),
    ("overflow", &["most likely it has overflowed", "caught: in crash_report::nest"]),
    ("kill", &["caught: process", "killed by SIGKILL"]),
];

fn show_all() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("crash_report-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    for (way, expected) in WAYS {
        let file = folder.join(way);
        // Ends when the service and its monitor have closed stderr.
        let died = Command::new(env::current_exe()?).arg(way).arg(&file).stdin(Stdio::null()).output()?;
        let text = fs::read_to_string(&file)?;
        println!("--- {way}: {}", died.status);
        print!("{text}");
        for expected in expected {
            assert!(text.contains(expected), "{way}: no {expected:?}");
        }
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}
