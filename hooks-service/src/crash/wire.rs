//! SIGNAL HANDLER, as far as it encodes. The messages between a process and its monitor: no allocation, no lock, no panic.

use super::text::{CHUNK, Line};
use crate::process::fork::own_process;

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $number:literal,)*) => {
        /// What a message is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Kind {
            $($(#[$about])* $kind = $number,)*
        }

        impl Kind {
            fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// To the monitor: a [`Module`](crate::code::Module) of the process, as text.
    Module = 1,
    /// From the monitor: it watches.
    Ready = 2,
    /// To the monitor: bytes of the report.
    Text = 3,
    /// To the monitor: a label of the thread that crashes, `key=value`.
    Label = 4,
    /// To the monitor: what is to be named of a fatal signal, a [`Crash`].
    Crash = 5,
    /// To the monitor: the end of the report of a process that exits as after a panic of `main`, and there was one.
    Panic = 6,
    /// To the monitor: the process exits in order.
    Exit = 7,
    /// From the monitor: it is done with the report.
    Done = 8,
    /// To the monitor: the stack of another thread, a [`Crash`] without a signal, below the last [`Line`](Self::Line).
    Thread = 9,
    /// To the monitor: as [`Panic`](Self::Panic), and none was seen.
    PanicUnseen = 10,
    /// To the monitor: the end of the report of a process that exits in the middle of a panic; with the status.
    ExitAmidPanic = 11,
    /// To the monitor: how much is to be told, and an [`Identity`](super::identity::Identity), as text.
    About = 12,
    /// To the monitor: a line about other threads.
    Line = 13,
    /// From the monitor: the names of a [`Crash`](Self::Crash) are out.
    Named = 14,
    /// To the monitor: the end of the report of a fatal signal.
    End = 15,
    /// To the monitor: the descriptor that comes along is of the memory that a recorder records into; without one, none does.
    Trace = 16,
}

/// For the status of an exit of which the C library does not tell it.
pub(super) const UNKNOWN_STATUS: i32 = i32::MIN;

/// A message being composed: kind, process id, payload.
pub(super) struct Message {
    line: Line<{ CHUNK + 8 }>,
}

impl Message {
    pub(super) fn new(kind: Kind) -> Self {
        let mut line = Line::new();
        line.push(&[kind as u8]);
        // A forked child has the parent's socket; its messages are told by this.
        line.push(&own_process().to_le_bytes());
        Self { line }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.line.push(bytes);
    }

    pub(super) fn finished(&self) -> &[u8] {
        self.line.bytes()
    }
}

/// A message as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Received<'a> {
    pub(super) kind: Kind,
    pub(super) process: i32,
    pub(super) payload: &'a [u8],
}

impl<'a> Received<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (process, payload) = rest.split_first_chunk()?;
        Some(Self { kind: Kind::from_number(*kind)?, process: i32::from_le_bytes(*process), payload })
    }
}

/// Most frames of a stack that are reported, from the leaf on.
pub(super) const MAX_FRAMES: usize = 128;

/// The name of the main thread, to which std gives this one and the kernel the program's.
pub(super) const MAIN: [u8; 16] = *b"main\0\0\0\0\0\0\0\0\0\0\0\0";

/// A fatal signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crash {
    pub(super) signal: i32,
    pub(super) code: i32,
    pub(super) address: u64,
    pub(super) thread: i32,
    /// As the kernel has it, filled up with zeroes.
    pub(super) name: [u8; 16],
    pub(super) frame_count: usize,
    pub(super) frames: [u64; MAX_FRAMES],
}

impl Crash {
    pub(super) fn frames(&self) -> &[u64] {
        self.frames.get(..self.frame_count).unwrap_or_default()
    }

    /// Adds a frame, `false` if there is no room.
    pub(super) fn push_frame(&mut self, address: u64) -> bool {
        let Some(frame) = self.frames.get_mut(self.frame_count) else { return false };
        *frame = address;
        self.frame_count += 1;
        true
    }

    /// Of a thread that does not crash.
    pub(super) fn other(thread: i32) -> Self {
        Self {
            signal: 0,
            code: 0,
            address: 0,
            thread,
            name: [0; 16],
            frame_count: 0,
            frames: [0; MAX_FRAMES],
        }
    }

    /// The name as text, as far as it is text.
    pub(super) fn name(&self) -> &[u8] {
        self.name.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    pub(super) fn encode(&self, kind: Kind) -> Message {
        let mut message = Message::new(kind);
        message.bytes(&self.signal.to_le_bytes());
        message.bytes(&self.code.to_le_bytes());
        message.bytes(&self.address.to_le_bytes());
        message.bytes(&self.thread.to_le_bytes());
        message.bytes(&self.name);
        for frame in self.frames() {
            message.bytes(&frame.to_le_bytes());
        }
        message
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        let (signal, rest) = payload.split_first_chunk()?;
        let (code, rest) = rest.split_first_chunk()?;
        let (address, rest) = rest.split_first_chunk()?;
        let (thread, rest) = rest.split_first_chunk()?;
        let (name, rest) = rest.split_first_chunk()?;
        let mut crash = Self {
            signal: i32::from_le_bytes(*signal),
            code: i32::from_le_bytes(*code),
            address: u64::from_le_bytes(*address),
            thread: i32::from_le_bytes(*thread),
            name: *name,
            frame_count: 0,
            frames: [0; MAX_FRAMES],
        };
        let (words, _) = rest.as_chunks();
        for word in words {
            crash.push_frame(u64::from_le_bytes(*word));
        }
        Some(crash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crash(frames: u64) -> Crash {
        let name = *b"worker\0\0\0\0\0\0\0\0\0\0";
        let mut crash = Crash {
            signal: 11,
            code: -6,
            address: 8,
            thread: 4,
            name,
            frame_count: 0,
            frames: [0; MAX_FRAMES],
        };
        (0..frames).for_each(|frame| _ = crash.push_frame(frame << 40));
        crash
    }

    #[test]
    fn a_crash_comes_back_with_all_its_frames() {
        for frames in [0, 1, MAX_FRAMES as u64] {
            let message = crash(frames).encode(Kind::Crash);
            let received = Received::new(message.finished()).unwrap();
            assert_eq!(received.process, std::process::id().cast_signed());
            assert_eq!((received.kind, Crash::decode(received.payload)), (Kind::Crash, Some(crash(frames))));
        }
        assert!(!crash(MAX_FRAMES as u64).push_frame(1));
    }

    #[test]
    fn a_chunk_of_text_fits_into_one_message_and_nonsense_is_none() {
        let mut message = Message::new(Kind::Text);
        message.bytes(&[b'x'; CHUNK]);
        assert_eq!(Received::new(message.finished()).unwrap().payload.len(), CHUNK);
        assert_eq!(Received::new(&[]), None);
        assert_eq!(Received::new(&[99, 0, 0, 0, 0]), None);
        assert_eq!(Crash::decode(&[0; 20]), None);
    }
}
