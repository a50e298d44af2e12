//! What one sample costs.

use super::Profiler;
use crate::measure::{Case, Rounds, interleave, thread_time};
use std::hint::black_box;
use std::time::Duration;

const DEPTH: u32 = 20;
/// So few at a time that a ring of samples has room, with a pause in which it is emptied.
const CALLS: u32 = 60;
const ROUNDS: usize = 5;

pub(super) fn measure<P: Profiler>() {
    // So slow that all samples are ours.
    let profiler = P::start(1);
    // A profiler may learn a thread's stack at its first sample.
    assert!(profiler.sample_now(false), "a sample at will");
    descend(DEPTH, &mut || cases(&profiler).iter().for_each(print));
    profiler.stop();
}

#[inline(never)]
fn descend(depth: u32, end: &mut dyn FnMut()) -> u32 {
    if depth == 0 {
        end();
        return 0;
    }
    black_box(descend(depth - 1, end)) + 1
}

fn cases<P: Profiler>(profiler: &P) -> Vec<Rounds> {
    let can_be_empty = profiler.sample_now(true);
    let mut cases = vec![Case::of_rounds("sample", || round(|| _ = profiler.sample_now(false)))];
    if can_be_empty {
        cases.push(Case::of_rounds("empty", || round(|| _ = profiler.sample_now(true))));
    }
    interleave(ROUNDS, cases)
}

/// Nanoseconds of the median call.
fn round(mut call: impl FnMut()) -> f64 {
    std::thread::sleep(Duration::from_millis(220));
    let once = |call: &mut dyn FnMut()| {
        let start = thread_time();
        call();
        thread_time().saturating_sub(start).as_secs_f64() * 1e9
    };
    let clock = Rounds::new("clock", (0..CALLS).map(|_| once(&mut || ())).collect());
    let calls = Rounds::new("call", (0..CALLS).map(|_| once(&mut call)).collect());
    calls.median() - clock.median()
}

fn print(rounds: &Rounds) {
    for (what, value) in [("median", rounds.median()), ("min", rounds.min()), ("max", rounds.max())] {
        println!("{}.{what} {value}", rounds.name());
    }
}
