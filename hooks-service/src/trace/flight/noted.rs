//! SIGNAL HANDLER too. What tripped, on whatever thread: a bit, and a bell for the thread that writes. Nothing is allocated,
//! locked or waited for.

use crate::process::Doorbell;
use crate::process::fork::own_process;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the recorder's thread waits for.
pub(super) static BELL: Doorbell = Doorbell::new();
/// Rung when it has answered.
pub(super) static ANSWERED: Doorbell = Doorbell::new();
/// What trips, by a bit each; 0: no recorder runs, or none was asked for.
static WATCHED: AtomicU32 = AtomicU32::new(0);
/// The process whose recorder that is: in a forked child nobody writes.
static PROCESS: AtomicU32 = AtomicU32::new(0);
static NOTED: AtomicU32 = AtomicU32::new(0);

/// What trips without a call of the program's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub(super) enum Trigger {
    Panic = 1,
    Slow = 2,
    Signal = 4,
}

pub(super) const TRIGGERS: [(Trigger, &str); 3] =
    [(Trigger::Panic, "panic"), (Trigger::Slow, "slow"), (Trigger::Signal, "signal")];

/// It has tripped. Says whether somebody is to write.
pub(super) fn note(trigger: Trigger) -> bool {
    let is_watched = WATCHED.load(Ordering::Relaxed) & trigger as u32 != 0;
    if !is_watched || PROCESS.load(Ordering::Relaxed) != own_process() {
        return false;
    }
    NOTED.fetch_or(trigger as u32, Ordering::Release);
    BELL.ring();
    true
}

/// From here on these trip. None: nothing does.
pub(super) fn watch(triggers: impl IntoIterator<Item = Trigger>) {
    let bits = triggers.into_iter().fold(0, |bits, trigger| bits | trigger as u32);
    PROCESS.store(own_process(), Ordering::Relaxed);
    WATCHED.store(bits, Ordering::Relaxed);
}

/// What tripped since the last time.
pub(super) fn take() -> impl Iterator<Item = &'static str> {
    let bits = NOTED.swap(0, Ordering::Acquire);
    TRIGGERS.into_iter().filter(move |(trigger, _)| bits & *trigger as u32 != 0).map(|(_, name)| name)
}
