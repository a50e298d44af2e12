//! What each thread records with.
//!
//! A record is begun by a mark in the thread's slot. A signal handler that interrupts one finds the mark, and what it would
//! record is counted and left out; and who wants to use the memory for something else sees by it that somebody is still at it.

use super::chunk::{self, HEAD, WORDS, Words, Writer};
use super::payload::Payload;
use super::record::{Kind, MOST_PAYLOAD, PLAIN, payload_words, word, word_with_payload};
use super::slot::{self, Slot};
use super::switch;
use crate::shared::Ordering;
use crate::this_thread;
use std::cell::Cell;
use std::sync::atomic::compiler_fence;

/// Of one thread.
struct Local {
    /// The [`switch::state`] that all else is of.
    state: Cell<u64>,
    /// `None`: there was none for this thread, or it ends.
    slot: Cell<Option<&'static Slot>>,
    /// The chunk that it writes.
    chunk: Cell<Option<&'static Words>>,
    /// Where the next record begins in it.
    at: Cell<usize>,
    /// As chunks know the thread: asked of the kernel once, which a sandbox may forbid later.
    writer: Cell<Writer>,
    /// A slot is being looked for: not for handlers meanwhile.
    begins: Cell<bool>,
    /// It is a recorder's own: see [`keep_out`].
    is_out: Cell<bool>,
}

thread_local! {
    // Without destructor, so that it is there as long as the thread is.
    static LOCAL: Local = const {
        Local {
            state: Cell::new(0),
            slot: Cell::new(None),
            chunk: Cell::new(None),
            at: Cell::new(WORDS),
            writer: Cell::new(Writer { slot: 0, thread: 0, id: 0, name: [0; 16] }),
            begins: Cell::new(false),
            is_out: Cell::new(false),
        }
    };
    static AT_END: AtEnd = const { AtEnd };
}

/// Gives back what the thread has when it ends.
struct AtEnd;

impl Drop for AtEnd {
    fn drop(&mut self) {
        LOCAL.with(Local::end);
    }
}

/// Records an event, if a recorder runs, and says when.
#[inline]
pub fn record(kind: Kind, subject: u64) -> Option<u64> {
    let state = switch::state();
    if state == 0 {
        return None;
    }
    LOCAL.with(|local| {
        let slot = local.begin(state, PLAIN)?;
        let ticks = switch::clock(state).now();
        local.write(ticks, word(kind, subject), 0);
        finish(slot);
        Some(ticks)
    })
}

/// The same, with what `fill` says.
#[inline]
pub fn record_with(kind: Kind, subject: u64, fill: impl FnOnce(&mut Payload<'_>)) -> Option<u64> {
    record_at(None, kind, subject, fill)
}

/// The same, at the time of an event that was recorded before.
#[inline(never)]
pub fn record_at(
    time: Option<u64>,
    kind: Kind,
    subject: u64,
    fill: impl FnOnce(&mut Payload<'_>),
) -> Option<u64> {
    let state = switch::state();
    if state == 0 {
        return None;
    }
    LOCAL.with(|local| {
        let slot = local.begin(state, PLAIN + payload_words(MOST_PAYLOAD))?;
        let unfinished = Unfinished(slot);
        let ticks = time.unwrap_or_else(|| switch::clock(state).now());
        let words = local.payload(fill);
        local.write(ticks, word_with_payload(kind, subject), words);
        std::mem::forget(unfinished);
        finish(slot);
        Some(ticks)
    })
}

/// A task waits that nobody can wake, in this state of the switch.
pub(crate) fn count_leaked(state: u64) {
    if let Some(area) = switch::area(state) {
        area.count_leaked();
    }
}

/// One that was counted in this state is polled all the same. If that is over, it was as it was.
pub(crate) fn count_not_leaked(state: u64) {
    if let Some(area) = switch::area(state).filter(|_| state == switch::state()) {
        area.count_not_leaked();
    }
}

/// Nothing is recorded by this thread, nor counted as dropped, for as long as it lives.
pub(crate) fn keep_out() {
    LOCAL.with(|local| {
        local.end();
        local.is_out.set(true);
        local.state.set(0);
    });
}

/// What is said of an event may panic: then there is none.
struct Unfinished(&'static Slot);

impl Drop for Unfinished {
    fn drop(&mut self) {
        lost(self.0);
        release(self.0);
    }
}

impl Local {
    /// There is room for so many words, and the slot is marked. `None`: there is none, which is counted.
    #[inline]
    fn begin(&self, state: u64, words: usize) -> Option<&'static Slot> {
        if self.state.get() != state {
            self.begin_anew(state);
        }
        let slot = self.slot.get().filter(|_| self.state.get() == state);
        let Some(slot) = slot else { return self.without_slot(state) };
        if slot[slot::BUSY].load(Ordering::Relaxed) != 0 {
            return lost(slot);
        }
        mark(slot);
        // Who has switched it off since looks at the mark.
        let is_there =
            switch::state() == state && (self.at.get() + words <= WORDS || self.next_chunk(state, slot));
        if is_there {
            return Some(slot);
        }
        lost(slot);
        release(slot);
        None
    }

    /// The record, whose payload is written.
    #[inline]
    fn write(&self, ticks: u64, word: u64, payload: usize) {
        if let Some(chunk) = self.chunk.get() {
            let end = self.at.get() + PLAIN + payload;
            chunk::write(chunk, self.at.get(), [ticks, word], end);
            self.at.set(end);
        }
    }

    /// Writes what `fill` says after where the record begins, and tells how many words that is.
    fn payload(&self, fill: impl FnOnce(&mut Payload<'_>)) -> usize {
        let Some(chunk) = self.chunk.get() else { return 0 };
        let Some([length, words @ ..]) = chunk.get(self.at.get() + PLAIN..) else { return 0 };
        let mut payload = Payload::new(words);
        fill(&mut payload);
        let bytes = payload.end();
        length.store(bytes as u64, Ordering::Relaxed);
        payload_words(bytes)
    }

    /// Gives up the chunk that it has, which is full, and takes another one.
    #[cold]
    fn next_chunk(&self, state: u64, slot: &Slot) -> bool {
        let Some(area) = switch::area(state) else { return false };
        if let Some(full) = self.chunk.take() {
            chunk::give_up(full, switch::clock(state).now());
        }
        let next = area.take(&self.writer.get(), slot[slot::EVENTS].load(Ordering::Relaxed));
        self.chunk.set(next);
        self.at.set(if next.is_some() { HEAD } else { WORDS });
        next.is_some()
    }

    /// The thread has nothing of this state yet. What it had of an earlier one is nobody's any more.
    #[cold]
    fn begin_anew(&self, state: u64) {
        let Some(area) = switch::area(state) else { return };
        // A handler that interrupts this has no slot.
        if self.begins.replace(true) {
            return;
        }
        self.slot.set(None);
        self.chunk.set(None);
        self.at.set(WORDS);
        let may_record = !self.is_out.get() && AT_END.try_with(|_| ()).is_ok();
        let mut slots = (0..area.parts().slots).filter(|_| may_record);
        let free = slots.find(|number| slot::take(area.slot(*number), state));
        self.state.set(state);
        if let Some(number) = free {
            let (id, name) = (u64::try_from(this_thread::id()).unwrap_or(0), this_thread::name());
            self.writer.set(Writer { slot: number as u64 + 1, thread: area.next_thread(), id, name });
            compiler_fence(Ordering::SeqCst);
            self.slot.set(area.slot(number).try_into().ok());
        }
        self.begins.set(false);
    }

    #[cold]
    fn without_slot(&self, state: u64) -> Option<&'static Slot> {
        if let Some(area) = switch::area(state).filter(|_| !self.is_out.get()) {
            area.count_dropped(1);
        }
        None
    }

    /// The thread ends. Events that other destructors record are counted as dropped.
    fn end(&self) {
        let state = self.state.get();
        let (Some(area), Some(slot)) = (switch::area(state), self.slot.take()) else { return };
        // As for a record: the memory is not used for something else meanwhile.
        mark(slot);
        if switch::state() == state {
            if let Some(chunk) = self.chunk.take() {
                chunk::give_up(chunk, switch::clock(state).now());
            }
            let [events, dropped] = slot::take_counts(slot);
            area.count_events(events);
            area.count_dropped(dropped);
        }
        release(slot);
        slot::give_back(slot, state);
    }
}

/// In the middle of a record.
#[inline]
fn mark(slot: &Slot) {
    slot[slot::BUSY].store(1, Ordering::Relaxed);
    compiler_fence(Ordering::SeqCst);
}

/// The record is there.
#[inline]
fn finish(slot: &Slot) {
    slot::count(slot, slot::EVENTS);
    release(slot);
}

#[inline]
fn release(slot: &Slot) {
    slot[slot::BUSY].store(0, Ordering::Release);
}

#[cold]
fn lost(slot: &Slot) -> Option<&'static Slot> {
    slot::count(slot, slot::DROPPED);
    None
}
