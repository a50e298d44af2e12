//! SIGNAL HANDLER, as far as [`note`]. What tripped, on whatever thread: a bit, and a bell for the thread that writes. Nothing is allocated,
//! locked or waited for.

use crate::process::Doorbell;
use crate::process::fork::own_process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What the recorder's thread waits for.
pub(super) static BELL: Doorbell = Doorbell::new();
/// Rung when it has answered panics.
static ANSWERED: Doorbell = Doorbell::new();
/// How many panics were noted, and how many of those are answered.
static PANICS: AtomicU32 = AtomicU32::new(0);
static ANSWERED_PANICS: AtomicU32 = AtomicU32::new(0);
/// What trips, by a bit each; 0: no recorder runs, or none was asked for.
static WATCHED: AtomicU32 = AtomicU32::new(0);
/// The process whose recorder that is: in a forked child nobody writes.
static PROCESS: AtomicU32 = AtomicU32::new(0);
static NOTED: AtomicU32 = AtomicU32::new(0);

/// What trips. Of each there is a file in a while, and some are kept, whatever the others do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u32)]
pub(super) enum Trigger {
    Panic = 1,
    Slow = 2,
    Signal = 4,
    Watchdog = 8,
    /// A call of the program's, by whatever name: it may have any number of those.
    Call = 16,
}

impl Trigger {
    /// Those that have a name of ours.
    const NAMED: [Self; 4] = [Self::Panic, Self::Slow, Self::Signal, Self::Watchdog];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Slow => "slow",
            Self::Signal => "signal",
            Self::Watchdog => "watchdog",
            Self::Call => "trigger",
        }
    }

    /// Which one has a file with this name.
    pub(super) fn of(name: &str) -> Self {
        Self::NAMED.into_iter().find(|trigger| trigger.name() == name).unwrap_or(Self::Call)
    }
}

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

/// A panic: its number, by which [`wait`] knows whether it is answered. `None`: nobody is to write.
pub(super) fn note_panic() -> Option<u32> {
    let number = PANICS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    note(Trigger::Panic).then_some(number)
}

/// The number of the last panic. What has tripped was [taken](take) before.
pub(super) fn panics() -> u32 {
    PANICS.load(Ordering::Relaxed)
}

/// Up to this one all are answered.
pub(super) fn answer_panics(number: u32) {
    ANSWERED_PANICS.store(number, Ordering::Release);
    ANSWERED.ring();
}

/// Waits until the panic with this number is answered, and not for longer. Says whether it is.
pub(super) fn wait(number: u32, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    loop {
        let rung = ANSWERED.count();
        // They may come round.
        let is_answered = ANSWERED_PANICS.load(Ordering::Acquire).wrapping_sub(number).cast_signed() >= 0;
        let left = until.saturating_duration_since(Instant::now());
        if is_answered || left.is_zero() {
            return is_answered;
        }
        ANSWERED.wait(rung, Some(left));
    }
}

/// From here on these trip. None: nothing does.
pub(super) fn watch(triggers: impl IntoIterator<Item = Trigger>) {
    let bits = triggers.into_iter().fold(0, |bits, trigger| bits | trigger as u32);
    PROCESS.store(own_process(), Ordering::Relaxed);
    WATCHED.store(bits, Ordering::Relaxed);
}

/// What tripped since the last time.
pub(super) fn take() -> impl Iterator<Item = Trigger> {
    let bits = NOTED.swap(0, Ordering::Acquire);
    Trigger::NAMED.into_iter().filter(move |trigger| bits & *trigger as u32 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_waits_for_its_own_answer() {
        watch([Trigger::Panic, Trigger::Slow]);
        assert!(note(Trigger::Slow));
        assert!(take().eq([Trigger::Slow]));
        let first = note_panic().unwrap();
        answer_panics(panics().wrapping_sub(1));
        assert!(!wait(first, Duration::from_millis(1)), "that of another one");
        let second = note_panic().unwrap();
        assert!(take().eq([Trigger::Panic]));
        answer_panics(panics());
        assert!(wait(first, Duration::ZERO) && wait(second, Duration::ZERO));
        watch([]);
        assert_eq!(note_panic(), None);
    }
}
