//! A sequence of packets: the clock and the names that its packets count on.

use super::names::Names;
use super::packet::{PACKET, clock, event, interned, of_packet};
use super::proto::Message;
use crate::trace::numbers::Numbers;

/// See the module.
pub(super) struct Sequence {
    number: u64,
    /// Of its events, where they do not say another one.
    track: u64,
    /// The time of its last packet; `None`: it has none yet.
    last: Option<u64>,
    /// The names that it has said, of events and of annotations.
    said: [Numbers; 2],
}

/// What a name is of, as they are interned apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NameOf {
    Event,
    Annotation,
}

impl NameOf {
    fn field(self) -> u32 {
        match self {
            Self::Event => interned::NAMES,
            Self::Annotation => interned::ANNOTATIONS,
        }
    }
}

impl Sequence {
    pub(super) fn new(number: u64, track: u64) -> Self {
        Self { number, track, last: None, said: Default::default() }
    }

    /// An event of this kind at this time, whose name is the first of those that it uses: the sequence has said them by then.
    pub(super) fn event(
        &mut self,
        ns: u64,
        kind: u64,
        (names, used): (&Names, &[(NameOf, u32)]),
        to: &mut Vec<u8>,
        fill: impl FnOnce(&mut Vec<u8>),
    ) {
        self.packet(ns, to, |sequence, packet| {
            if !used.is_empty() {
                packet.number(of_packet::SEQUENCE_FLAGS, of_packet::NEEDS);
                sequence.say(names, used, packet);
            }
            packet.message(of_packet::TRACK_EVENT, |inner| {
                inner.number(event::TYPE, kind);
                if let Some((NameOf::Event, name)) = used.first() {
                    inner.number(event::NAME_NUMBER, (*name).into());
                }
                fill(inner);
            });
        });
    }

    /// The same of a sequence with names of its own: `new` is what it is the first to refer to.
    #[cfg(sampler)]
    pub(super) fn event_with(
        &mut self,
        ns: u64,
        kind: u64,
        new: &[u8],
        to: &mut Vec<u8>,
        fill: impl FnOnce(&mut Vec<u8>),
    ) {
        self.packet(ns, to, |_, packet| {
            packet.number(of_packet::SEQUENCE_FLAGS, of_packet::NEEDS);
            if !new.is_empty() {
                packet.bytes(of_packet::INTERNED_DATA, new);
            }
            packet.message(of_packet::TRACK_EVENT, |inner| {
                inner.number(event::TYPE, kind);
                fill(inner);
            });
        });
    }

    fn packet(&mut self, ns: u64, to: &mut Vec<u8>, fill: impl FnOnce(&mut Self, &mut Vec<u8>)) {
        self.begin(ns, to);
        let last = self.last.unwrap_or(ns);
        to.message(PACKET, |packet| {
            packet.number(of_packet::TIMESTAMP, ns.checked_sub(last).unwrap_or(ns));
            if ns < last {
                // It came late: the clock of the sequence does not go back.
                packet.number(of_packet::TIMESTAMP_CLOCK, clock::MONOTONIC);
            }
            packet.number(of_packet::SEQUENCE, self.number);
            fill(self, packet);
        });
        self.last = Some(last.max(ns));
    }

    /// What the first packet says.
    fn begin(&mut self, ns: u64, to: &mut Vec<u8>) {
        if self.last.is_some() {
            return;
        }
        to.message(PACKET, |packet| {
            packet.number(of_packet::SEQUENCE, self.number);
            packet.number(of_packet::SEQUENCE_FLAGS, of_packet::CLEARED);
            packet.message(of_packet::DEFAULTS, |defaults| {
                defaults.number(of_packet::TIMESTAMP_CLOCK, clock::SINCE);
                defaults.message(of_packet::TRACK_EVENT, |event| event.number(event::TRACK, self.track));
            });
            packet.message(of_packet::CLOCK_SNAPSHOT, |snapshot| {
                snapshot.message(clock::CLOCK, |monotonic| {
                    monotonic.number(clock::ID, clock::MONOTONIC);
                    monotonic.number(clock::TIMESTAMP, ns);
                });
                snapshot.message(clock::CLOCK, |since| {
                    since.number(clock::ID, clock::SINCE);
                    since.number(clock::TIMESTAMP, ns);
                    since.number(clock::IS_INCREMENTAL, 1);
                });
                snapshot.number(clock::PRIMARY, clock::MONOTONIC);
            });
        });
        self.last = Some(ns);
    }

    /// The names among these that it has not said yet.
    #[inline]
    fn say(&mut self, names: &Names, used: &[(NameOf, u32)], packet: &mut Vec<u8>) {
        if used.iter().any(|(of, number)| !self.said[*of as usize].has((*number).into())) {
            self.say_new(names, used, packet);
        }
    }

    /// In one message: readers take the last one.
    #[cold]
    fn say_new(&mut self, names: &Names, used: &[(NameOf, u32)], packet: &mut Vec<u8>) {
        packet.message(of_packet::INTERNED_DATA, |data| {
            for (of, number) in used {
                if self.said[*of as usize].add((*number).into()) {
                    data.message(of.field(), |entry| {
                        entry.number(interned::NUMBER, (*number).into());
                        entry.bytes(interned::NAME, names.name(*number).as_bytes());
                    });
                }
            }
        });
    }
}

/// A track, which is described before it is used.
pub(super) fn describe(sequence: u64, to: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    to.message(PACKET, |packet| {
        packet.number(of_packet::SEQUENCE, sequence);
        packet.message(of_packet::TRACK_DESCRIPTOR, fill);
    });
}
