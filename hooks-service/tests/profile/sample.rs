//! One sample at a chosen instant: it shows the whole stack. Prints what it cost, beside a signal that the handler has
//! nothing to do for.

use super::load;
use hooks_service::profile::{CpuProfile, sample_now};
use std::hint::black_box;
use std::time::Duration;

const DEPTH: u64 = 20;
/// So few at a time that the ring has room, with a pause in which it is emptied.
const BATCH: u64 = 100;
const BATCHES: u64 = 10;

#[inline(never)]
fn descend(depth: u64, end: &mut dyn FnMut()) -> u64 {
    if depth == 0 {
        end();
        return 0;
    }
    black_box(descend(depth - 1, end)) + 1
}

/// Median time of one call.
fn cost(mut call: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..BATCH * BATCHES)
        .map(|round| {
            if round.is_multiple_of(BATCH) {
                std::thread::sleep(Duration::from_millis(250));
            }
            let start = load::thread_time();
            call();
            load::thread_time().saturating_sub(start)
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_sample_shows_every_frame() {
    assert!(!sample_now(false), "no profile is being taken");
    let before = resident();
    // So slow that all samples are ours.
    let running = CpuProfile::builder().hz(1).start().unwrap();
    println!("started: {} KiB more resident", resident() - before);
    let mut clock = Duration::ZERO;
    let mut empty = Duration::ZERO;
    let mut sample = Duration::ZERO;
    assert_eq!(descend(DEPTH, &mut || clock = cost(|| ())), DEPTH);
    // The profiler learns this thread's stack from its first sample.
    assert!(sample_now(false));
    std::thread::sleep(Duration::from_millis(250));
    descend(DEPTH, &mut || empty = cost(|| assert!(sample_now(true))));
    descend(DEPTH, &mut || sample = cost(|| assert!(sample_now(false))));
    println!("after all samples: {} KiB more", resident() - before);
    let profile = running.stop().unwrap();
    load::assert_nothing_uncounted(&profile);
    println!(
        "a sample at depth {DEPTH}: {:?}; an empty signal: {:?}; the clock: {clock:?}; {:?}",
        sample.saturating_sub(clock),
        empty.saturating_sub(clock),
        profile.comments()
    );
    let whole = profile.samples().iter().filter(|sample| sample.stack().len() as u64 > DEPTH);
    let whole: u64 = whole.map(|sample| profile.weight(sample)).sum();
    let taken = BATCH * BATCHES - profile.lost();
    assert!(taken > BATCH && whole >= taken, "{whole} of {taken}");
    assert!(load::weight(&profile, "a_sample_shows_every_frame") >= taken);
}
