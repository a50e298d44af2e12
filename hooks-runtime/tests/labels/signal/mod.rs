//! A reader in a signal handler, 10,000 times a second on each of several threads, while scopes of every kind open and
//! close: it must never see a torn value, half a scope, or the label of another thread.
//!
//! Every scope sets `left` and `right`, which must agree, to a text that tells its own length; every thread has a label
//! with its number outside all others. See `reader` for what is checked.

mod churn;
mod reader;
mod timer;

use hooks_runtime::labels;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

const THREADS: u64 = 4;
/// Reads that found a scope open. A window of one instruction that is hit once in a thousand reads would show.
const READS: u64 = 20_000;
/// Only so that a fault of the test itself does not hang it.
const GIVE_UP: Duration = Duration::from_secs(280);

#[test]
fn a_signal_handler_always_sees_whole_labels_of_its_own_thread() {
    timer::install(reader::handle);
    let give_up = Instant::now() + GIVE_UP;
    std::thread::scope(|scope| {
        for number in 1..=THREADS {
            scope.spawn(move || on_thread(number, give_up));
        }
    });
    let counts = reader::counts();
    assert_eq!(counts.faults, 0, "{counts:?}");
    assert!(counts.texts + counts.numbers >= READS, "gave up: {counts:?}");
    for (name, reads) in counts.by_name() {
        assert!(reads > 0, "no {name} among {counts:?}");
    }
}

fn on_thread(number: u64, give_up: Instant) {
    labels! { "thread" => number }.scope(|| {
        reader::expect_thread(number);
        let _timer = timer::start(Duration::from_micros(100));
        let mut churn = churn::Churn::new(number);
        while reader::OPEN_READS.load(Relaxed) < READS && Instant::now() < give_up {
            churn.round();
        }
    });
    // The timer is gone before the scope: a late signal would find no label.
}
