//! SIGNAL HANDLER. Asking one thread, by a handler that reports a crash: no allocation, no lock, and no wait without an
//! end.

use super::handler::{pool, signal, value};
use super::send::{Sent, send};
use super::slot::{Answered, SLOTS};

/// A dump that was being taken when the crash came may be using all slots: it loses this one.
const SLOT: usize = SLOTS - 1;
/// Between two looks whether the answer is there.
static NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 50_000 };

/// What thread `tid` of this process answers, `None` if it does not within so many naps of 50 us. The answer is the
/// caller's until the next call. [`prepare`](super::prepare) must have been called.
///
/// One thread at a time may call this.
pub(crate) fn ask(tid: libc::pid_t, naps: u32) -> Option<&'static Answered> {
    let pool = pool()?;
    let slot = pool.slots.get(SLOT)?;
    let generation = slot.ask()?;
    let Ok(Sent::Queued) = send(pool.pid, tid, signal(), value(SLOT, generation)) else {
        slot.revoke(generation);
        return None;
    };
    for _ in 0..naps {
        if let Some(answer) = slot.answer(generation) {
            return Some(answer);
        }
        // SAFETY: points to a constant; may end early, which does no harm.
        unsafe { libc::nanosleep(&raw const NAP, std::ptr::null_mut()) };
    }
    slot.revoke(generation);
    // It may have come to the end in the meantime.
    slot.answer(generation)
}

impl Answered {
    /// Where the thread was interrupted.
    pub(crate) fn registers(&self) -> &crate::capture::Registers {
        &self.registers
    }
}
