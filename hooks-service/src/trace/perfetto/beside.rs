//! A track below that of a thread, of what somebody else than the thread recorded.

use super::encoder::Encoder;
use super::packet::{PACKET, clock, event, interned, of_packet, track};
use super::proto::Message;
use std::collections::HashMap;

const KIND_SHIFT: u32 = 60;

/// See the module. Each is a sequence of its own, since what it says comes late.
pub(super) struct Beside {
    /// Of the sequence, and of its tracks.
    number: u64,
    name: &'static str,
    tracks: HashMap<libc::pid_t, u64>,
    began: bool,
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
        Beside { number, name, tracks: HashMap::new(), began: false }
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
        let flags = if self.began { of_packet::NEEDS } else { of_packet::CLEARED | of_packet::NEEDS };
        self.began = true;
        to.message(PACKET, |packet| {
            packet.number(of_packet::TIMESTAMP, at.ns);
            packet.number(of_packet::TIMESTAMP_CLOCK, clock::MONOTONIC);
            packet.number(of_packet::SEQUENCE, self.number);
            packet.number(of_packet::SEQUENCE_FLAGS, flags);
            if !new.is_empty() {
                packet.bytes(of_packet::INTERNED_DATA, new);
            }
            packet.message(of_packet::TRACK_EVENT, |inner| {
                inner.number(event::TYPE, at.kind);
                inner.number(event::TRACK, track);
                if at.name != 0 {
                    inner.number(event::NAME_NUMBER, at.name);
                }
                more(inner);
            });
        });
    }

    fn track(&mut self, thread: libc::pid_t, encoder: &mut Encoder, to: &mut Vec<u8>) -> u64 {
        if let Some(track) = self.tracks.get(&thread) {
            return *track;
        }
        let id = u64::from(thread.unsigned_abs());
        let parent = encoder.track_of(id, to);
        let new = 5 << KIND_SHIFT | (self.number & 0xff) << 32 | id;
        to.message(PACKET, |packet| {
            packet.number(of_packet::SEQUENCE, self.number);
            packet.message(of_packet::TRACK_DESCRIPTOR, |descriptor| {
                descriptor.number(track::ID, new);
                descriptor.bytes(track::NAME, self.name.as_bytes());
                descriptor.number(track::PARENT, parent);
            });
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
