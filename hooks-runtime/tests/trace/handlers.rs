//! A signal handler that records interrupts records.

use super::recorder;
use hooks_runtime::trace::observe::{Kind, test};
use std::ffi::c_int;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static RUNS: AtomicU64 = AtomicU64::new(0);
/// In the number of each event of the handler.
const OF_HANDLER: u64 = 1 << 40;

extern "C" fn handle(_: c_int) {
    test(OF_HANDLER | RUNS.fetch_add(1, Relaxed));
}

/// The handler runs on this thread every few microseconds that it computes.
fn interrupt_often(microseconds: u16) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds.into() };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: the handler records, which is what is tested; a local.
    unsafe {
        assert_ne!(libc::signal(libc::SIGALRM, handle as extern "C" fn(c_int) as usize), libc::SIG_ERR);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
}

#[test]
fn records_that_are_interrupted_stay_whole_and_what_is_dropped_is_counted() {
    let recorder = recorder::start(64, 4);
    interrupt_often(20);
    let (mut next, mut seen, mut dropped) = (0, 0, 0);
    // Until some were in the middle of a record; each round within what the chunks hold.
    for _ in 0..2_000 {
        (0..10_000).for_each(|_| {
            test(next);
            next += 1;
        });
        dropped = recorder.area().dropped();
        seen = RUNS.load(Relaxed);
        if dropped > 20 && seen > 100 {
            break;
        }
    }
    interrupt_often(0);
    assert!(seen > 0 && dropped > 0, "{seen} signals, {dropped} in the middle of a record");
    assert_eq!(recorder.area().events() + recorder.area().dropped(), next + RUNS.load(Relaxed));
    let thread = recorder.threads().into_iter().find(|thread| thread.number == 1).unwrap();
    assert!(thread.events.iter().all(|event| event.kind == Kind::Test && event.payload.is_empty()));
    for is_handlers in [false, true] {
        let numbers = thread.events.iter().map(|event| event.subject);
        let numbers: Vec<u64> = numbers.filter(|number| (number & OF_HANDLER != 0) == is_handlers).collect();
        assert!(numbers.windows(2).all(|two| two[0] < two[1]), "in order");
    }
}
