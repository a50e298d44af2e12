//! Events of ours, while a recorder runs and while none does.

use crate::{PLAIN, tasks, work};
use hooks_runtime::trace::observe::{Area, Clock, Kept, Pair, Parts, Start, stop, test};
use measures::measure::Case;
use std::sync::atomic::AtomicU64;

const CALLS: u32 = 100_000;

/// The figures: name, case, and what it may take more than the call that has nothing round it.
pub(crate) const GOALS: [(&str, &str, f64); 2] =
    [("trace.event_off", "an event, off", 1.0), ("trace.event", "an event", 25.0)];

/// The case that is the same without events.
pub(crate) fn base(name: &str) -> &'static str {
    if name.starts_with(tasks::PLAIN) { tasks::PLAIN } else { PLAIN }
}

pub(crate) fn cases() -> Vec<Case<'static>> {
    vec![Case::new("an event, off", CALLS, event), recorded("an event", event)]
}

#[inline(never)]
fn event() {
    test(1);
    work();
}

/// The same while a recorder runs.
pub(crate) fn recorded(name: &str, call: impl FnMut() + 'static) -> Case<'static> {
    let kept = memory();
    let mut case = Case::new("", CALLS, call);
    Case::of_rounds(name, move || {
        assert!(kept.start());
        let time = case.round();
        stop();
        time
    })
}

/// 8 MiB of it, with the clock that recorders take on such machines.
fn memory() -> Kept {
    let parts = Parts::within(8 << 20, 16);
    let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(0)).collect();
    let clock = Clock::Counter;
    let time = Pair { ticks: clock.now(), monotonic: Clock::Monotonic.now() };
    let start = Start { clock, process: std::process::id(), time, unix: 0 };
    let area = Area::format(words.leak(), parts, &start).expect("there is room for a chunk");
    Kept::new(area).expect("few areas are kept")
}
