//! A thousand threads that wait, 20 calls deep.

use hooks_service::stacks::{Answer, Capture, prepare};
use measures::figure::{Figure, Goal};
use measures::measure::Rounds;
use std::hint::black_box;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

const THREADS: usize = 1000;
const ROUNDS: usize = 31;

type Shared = Arc<(Mutex<bool>, Condvar)>;

#[inline(never)]
fn deep(depth: u32, end: &dyn Fn()) {
    if depth == 0 {
        end();
    } else {
        deep(depth - 1, end);
    }
    black_box(depth);
}

/// One of them in four is parked, one sleeps, the others wait for a change.
fn wait(index: usize, shared: &Shared) {
    let over = || *shared.0.lock().expect("no panics here");
    match index % 4 {
        0 => {
            while !over() {
                thread::park();
            }
        }
        1 => {
            while !over() {
                thread::sleep(Duration::from_millis(200));
            }
        }
        _ => {
            let guard = shared.0.lock().expect("no panics here");
            drop(shared.1.wait_while(guard, |over| !*over));
        }
    }
}

/// Prints the figures.
pub(crate) fn measure() {
    let shared = Shared::default();
    let start = |index| {
        let shared = Arc::clone(&shared);
        let thread = thread::Builder::new().stack_size(256 * 1024);
        thread.spawn(move || deep(20, &|| wait(index, &shared))).expect("a thousand threads")
    };
    let threads: Vec<_> = (0..THREADS).map(start).collect();
    thread::sleep(Duration::from_millis(300));
    prepare().expect("stacks can be captured here");

    let (mut totals, mut medians, mut tails, mut longest) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let dump = Capture::new().interval(Duration::ZERO).take().expect("a dump");
        let whole = dump.threads().iter().filter(|thread| thread.answer() == Answer::Whole).count();
        assert!(whole >= THREADS, "{whole} whole stacks of {THREADS}");
        let pauses = dump.pauses();
        totals.push(dump.elapsed().as_secs_f64() * 1e3);
        for (values, pause) in [
            (&mut medians, pauses.median),
            (&mut tails, pauses.percentile_99),
            (&mut longest, pauses.longest),
        ] {
            values.push(pause.as_secs_f64() * 1e6);
        }
        thread::sleep(Duration::from_millis(50));
    }
    *shared.0.lock().expect("no panics here") = true;
    shared.1.notify_all();
    for thread in threads {
        thread.thread().unpark();
        thread.join().expect("it ends");
    }

    let [totals, medians, tails, longest] = [
        ("whole dump, ms", totals),
        ("pause, median, µs", medians),
        ("pause, 99 %, µs", tails),
        ("pause, longest, µs", longest),
    ]
    .map(|(name, values)| Rounds::new(name, values));
    println!("{THREADS} threads, {ROUNDS} dumps: median (least..most)");
    for rounds in [&totals, &medians, &tails, &longest] {
        println!("  {:<20} {rounds}", rounds.name());
    }
    Figure::new("stacks.threads_1000", totals.median(), "ms", Goal::AtMost(40.0)).print();
    Figure::new("stacks.pause_median", medians.median(), "us", Goal::AtMost(15.0)).print();
}
