//! Who called, kept as addresses: `Callers::here` beside std's backtrace and the crate `backtrace`, on the same stack of 20
//! callers. Names, where they are asked for, cost each of them more than all of this.

use backtrace::Backtrace;
use hooks_service::capture::{self, Caller, Callers};
use measures::figure::{Figure, Goal};
use measures::measure::{Case, Rounds, interleave};
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 101;
const CALLERS: usize = 20;

fn main() {
    let start = Instant::now();
    capture::prepare().expect("Linux on x86-64 or aarch64");
    println!("{:<40} {:.1} ms", "prepare", start.elapsed().as_secs_f64() * 1e3);
    // A thread's own stack is the same in each run, where that of `main` is not.
    std::thread::spawn(run).join().expect("it has ended well");
}

fn run() {
    let base = depth(0);
    let levels = CALLERS.checked_sub(base).expect("a thread has fewer callers");
    println!("{:<40} {}", "callers of the place", depth(levels));
    let mut results = Vec::new();
    below(levels, &mut || results = measure());
    for rounds in &results {
        println!("{:<40} {rounds} ns", rounds.name());
    }
    let median = |index: usize| results[index].median();
    Figure::new("callers.here", median(0) / 1e3, "us", Goal::AtMost(0.6)).print();
    Figure::new("callers.std_to_here", median(3) / median(0), "x", Goal::AtLeast(2.0)).print();
    Figure::new("callers.backtrace_to_here", median(4) / median(0), "x", Goal::AtLeast(2.0)).print();
}

/// Calls `work` with so many calls more on the stack.
#[inline(never)]
fn below(levels: usize, work: &mut dyn FnMut()) {
    if levels == 0 {
        work();
    } else {
        below(black_box(levels - 1), work);
    }
    // Without it the compiler would make a loop of it.
    black_box(());
}

/// How many callers the measured calls have, with so many levels.
fn depth(levels: usize) -> usize {
    let mut depth = 0;
    below(levels, &mut || {
        let measure = || depth = Callers::<64>::nearest().addresses().len();
        interleave(1, vec![Case::new("", 1, measure)]);
    });
    depth
}

fn measure() -> Vec<Rounds> {
    let mut addresses = [0; CALLERS];
    let trace = || {
        let mut count = 0;
        backtrace::trace(|frame| {
            addresses[count] = frame.ip().addr();
            count += 1;
            count < CALLERS
        });
        black_box(&addresses);
    };
    interleave(
        ROUNDS,
        vec![
            Case::new("Callers::here", 2000, || _ = black_box(Callers::here())),
            Case::new("Callers::<8>::nearest", 2000, || _ = black_box(Callers::<8>::nearest())),
            Case::new("Callers::here_with_labels", 2000, || _ = black_box(Callers::here_with_labels())),
            Case::new("std::backtrace::Backtrace::force_capture", 200, || {
                _ = black_box(std::backtrace::Backtrace::force_capture());
            }),
            Case::new("backtrace::Backtrace::new_unresolved", 200, || {
                _ = black_box(Backtrace::new_unresolved());
            }),
            Case::new("backtrace::trace, addresses alone", 200, trace),
            Case::new("Caller::here", 2000, || _ = black_box(Caller::here())),
            Case::new("Callers::frames, names known", 20, || _ = black_box(Callers::here().frames())),
        ],
    )
}
