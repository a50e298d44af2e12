//! Whether a profile tells the truth: in sum, in shares, in stacks.

use super::load::{burn, repeat, works_in_libc};
use super::{Profiler, Seen, is_called, ratio};
use crate::measure::process_time;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

/// Time that the profile shows, in percent of what the kernel accounts, with `threads` threads that run from the start.
pub(super) fn capture<P: Profiler>(hz: u32, threads: u32) {
    let ready = Barrier::new(threads as usize + 1);
    // Long enough that the one period by which a thread may be off is little.
    let time = Duration::from_secs(2);
    let percentage = thread::scope(|scope| {
        let start = || {
            ready.wait();
            burn(time);
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(start)).collect();
        let profiler = P::start(hz);
        // A profiler that looks for threads now and then has seen them by now.
        thread::sleep(Duration::from_millis(300));
        let before = process_time();
        ready.wait();
        for worker in workers {
            worker.join().expect("a worker only computes");
        }
        let used = process_time().saturating_sub(before);
        let seen = profiler.stop();
        seen.period.as_secs_f64() * ratio(seen.total, 1) / used.as_secs_f64() * 100.0
    });
    println!("capture {percentage}");
}

/// Time that the profile shows of threads that live for five milliseconds each, in percent of what they took by their own
/// clocks; and one sigma of sampling.
pub(super) fn short<P: Profiler>() {
    let threads = 800;
    let profiler = P::start(100);
    let work = || {
        P::thread_started();
        brief(Duration::from_millis(5))
    };
    let one = |_| thread::spawn(work).join().expect("a worker only computes");
    let took: Duration = (0..threads).map(one).sum();
    let seen = profiler.stop();
    let periods = took.as_secs_f64() / seen.period.as_secs_f64();
    println!("capture {}", share(&seen, "brief") * ratio(seen.total, 1) / periods);
    // Each thread is in the profile or not.
    println!("sigma {}", (0.25 * f64::from(threads)).sqrt() / periods * 100.0);
}

#[inline(never)]
fn brief(time: Duration) -> Duration {
    burn(time) + black_box(Duration::ZERO)
}

// What each adds keeps the compiler from merging them and from leaving their frames before the call.

#[inline(never)]
fn hot(time: Duration) -> Duration {
    burn(time) + black_box(Duration::from_nanos(1))
}

#[inline(never)]
fn mid(time: Duration) -> Duration {
    burn(time) + black_box(Duration::from_nanos(2))
}

#[inline(never)]
fn low(time: Duration) -> Duration {
    burn(time) + black_box(Duration::from_nanos(3))
}

/// Largest error, in percentage points, on functions that take 70, 20 and 10 % of five seconds; and one sigma of
/// sampling.
pub(super) fn split<P: Profiler>() {
    let profiler = P::start(100);
    let mut took = [Duration::ZERO; 3];
    // Slices that share no factor with the period of 10 ms.
    while took.iter().sum::<Duration>() < Duration::from_secs(5) {
        took[0] += hot(Duration::from_micros(9_100));
        took[1] += mid(Duration::from_micros(2_600));
        took[2] += low(Duration::from_micros(1_300));
    }
    let seen = profiler.stop();
    let all = took.iter().sum::<Duration>().as_secs_f64();
    let truth = took.map(|time| time.as_secs_f64() / all);
    let error = |(name, truth): (&str, f64)| (share(&seen, name) - truth * 100.0).abs();
    println!("error {}", ["hot", "mid", "low"].into_iter().zip(truth).map(error).fold(0.0, f64::max));
    println!("sigma {}", (truth[0] * (1.0 - truth[0]) / ratio(seen.total, 1)).sqrt() * 100.0);
}

fn share(seen: &Seen, name: &str) -> f64 {
    seen.percentage(|stack| stack.iter().any(|frame| is_called(frame, name)))
}

/// Percentage of the stacks whose leaf is in the C library, and of these, those that show the callers up to `main`.
pub(super) fn reach<P: Profiler>() {
    let profiler = P::start(250);
    repeat(Duration::from_secs(3), || _ = works_in_libc());
    let seen = profiler.stop();
    // All of Rust's functions have a path.
    let in_c = |stack: &[String]| stack.last().is_some_and(|leaf| !leaf.contains("::"));
    let to_main =
        |stack: &[String]| in_c(stack) && stack.iter().rev().skip(1).any(|frame| is_called(frame, "main"));
    let leaves = seen.percentage(in_c);
    println!("leaves {leaves}");
    println!("reach {}", seen.percentage(to_main) / leaves * 100.0);
}
