//! A track below that of a thread, of what somebody else than the thread recorded.

use super::encoder::Encoder;
use super::packet::{PROCESS_TRACK, event, interned, track, track_beside};
use super::proto::Message;
use super::sequence::{Sequence, describe};
use std::collections::HashMap;

/// See the module. Each is a sequence of its own, since what it says comes late.
pub(super) struct Beside {
    /// Of the sequence, and of its tracks.
    number: u64,
    name: &'static str,
    tracks: HashMap<libc::pid_t, u64>,
    sequence: Sequence,
}

/// An event on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub(super) thread: libc::pid_t,
    /// By `CLOCK_MONOTONIC`.
    pub(super) ns: u64,
    /// As events have it: [`event::BEGIN`] for instance.
    pub(super) kind: u64,
    /// The number of its name; 0: it has none.
    pub(super) name: u64,
}

impl Beside {
    /// The sequence of this number, which is above [`OF_PROCESS`](super::packet::OF_PROCESS).
    pub(super) fn new(number: u64, name: &'static str) -> Self {
        Beside { number, name, tracks: HashMap::new(), sequence: Sequence::new(number, PROCESS_TRACK) }
    }

    /// An event with what `more` adds to it. `new` is what it is the first to refer to.
    pub(super) fn event(
        &mut self,
        at: At,
        new: &[u8],
        encoder: &mut Encoder,
        to: &mut Vec<u8>,
        more: impl FnOnce(&mut Vec<u8>),
    ) {
        let track = self.track(at.thread, encoder, to);
        self.sequence.event_with(at.ns, at.kind, new, to, |inner| {
            inner.number(event::TRACK, track);
            if at.name != 0 {
                inner.number(event::NAME_NUMBER, at.name);
            }
            more(inner);
        });
    }

    fn track(&mut self, thread: libc::pid_t, encoder: &mut Encoder, to: &mut Vec<u8>) -> u64 {
        if let Some(track) = self.tracks.get(&thread) {
            return *track;
        }
        let id = u64::from(thread.unsigned_abs());
        let parent = encoder.track_of(id, to);
        let new = track_beside(self.number, id);
        describe(self.number, to, |descriptor| {
            descriptor.number(track::ID, new);
            descriptor.bytes(track::NAME, self.name.as_bytes());
            descriptor.number(track::PARENT, parent);
        });
        self.tracks.insert(thread, new);
        new
    }
}

/// A text that is known by a number from now on.
pub(super) fn intern(to: &mut Vec<u8>, kind: u32, number: u64, text: &str) {
    to.message(kind, |entry| {
        entry.number(interned::NUMBER, number);
        entry.bytes(interned::NAME, text.as_bytes());
    });
}
