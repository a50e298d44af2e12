//! Memory, and the time that writing a profile takes.

use super::Profiler;
use super::load::{repeat, works_elsewhere, works_in_libc};
use crate::measure::{Rounds, thread_time};
use std::fs;
use std::thread;
use std::time::Duration;

pub(super) fn measure<P: Profiler>() {
    let before = resident();
    let start = thread_time();
    let profiler = P::start(100);
    println!("start {}", thread_time().saturating_sub(start).as_secs_f64() * 1e3);
    thread::sleep(Duration::from_secs(1));
    println!("idle {}", resident() - before);
    repeat(Duration::from_secs(2), || _ = works_in_libc());
    println!("loaded {}", resident() - before);
    println!("first {}", dump(&profiler));
    println!("dumped {}", resident() - before);
    let several = |dump: &dyn Fn() -> f64| Rounds::new("dump", (0..9).map(|_| dump()).collect()).median();
    // The first of them has new addresses, those of the dump before.
    println!("later {}", unsampled(|| several(&|| dump(&profiler))));
    println!("sampled {}", several(&|| dump(&profiler)));
    repeat(Duration::from_secs(1), || _ = works_elsewhere());
    println!("new {}", dump(&profiler));
    profiler.stop();
}

/// Milliseconds of processor time of the thread that writes it.
fn dump<P: Profiler>(profiler: &P) -> f64 {
    let start = thread_time();
    let bytes = profiler.dump();
    let time = thread_time().saturating_sub(start);
    assert!(!bytes.is_empty(), "a profile");
    time.as_secs_f64() * 1e3
}

/// Runs `work` without samples of itself, which would bring the next profile new addresses.
fn unsampled<R>(work: impl FnOnce() -> R) -> R {
    let block = |how| {
        // SAFETY: plain data that the calls fill, and the calling thread's own mask.
        unsafe {
            let mut signals = std::mem::zeroed();
            libc::sigemptyset(&raw mut signals);
            libc::sigaddset(&raw mut signals, libc::SIGPROF);
            libc::pthread_sigmask(how, &raw const signals, std::ptr::null_mut());
        }
    };
    block(libc::SIG_BLOCK);
    let result = work();
    block(libc::SIG_UNBLOCK);
    result
}

/// Resident memory in MiB.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes =
        line.and_then(|line| line.split_whitespace().next()).and_then(|text| text.parse::<f64>().ok());
    kibibytes.unwrap_or(f64::NAN) / 1024.0
}
