//! The numbers of Perfetto's fields, and which track is whose.

/// `Trace.packet`
pub(crate) const PACKET: u32 = 1;

/// Fields of `TracePacket`.
pub(super) mod of_packet {
    pub(crate) const CLOCK_SNAPSHOT: u32 = 6;
    pub(crate) const TIMESTAMP: u32 = 8;
    pub(crate) const SEQUENCE: u32 = 10;
    pub(crate) const TRACK_EVENT: u32 = 11;
    pub(crate) const INTERNED_DATA: u32 = 12;
    pub(crate) const SEQUENCE_FLAGS: u32 = 13;
    pub(crate) const TIMESTAMP_CLOCK: u32 = 58;
    pub(crate) const DEFAULTS: u32 = 59;
    pub(crate) const TRACK_DESCRIPTOR: u32 = 60;
    /// In `SEQUENCE_FLAGS`: what was interned before is forgotten.
    pub(crate) const CLEARED: u64 = 1;
    /// In `SEQUENCE_FLAGS`: it says nothing without what was interned before.
    pub(crate) const NEEDS: u64 = 2;
}

/// Fields of `TrackEvent`.
pub(super) mod event {
    pub(crate) const ANNOTATION: u32 = 4;
    pub(crate) const TYPE: u32 = 9;
    pub(crate) const NAME_NUMBER: u32 = 10;
    pub(crate) const TRACK: u32 = 11;
    pub(crate) const CATEGORY: u32 = 22;
    pub(crate) const NAME: u32 = 23;
    pub(crate) const COUNTER: u32 = 30;
    pub(crate) const FLOW: u32 = 47;
    pub(crate) const DOUBLE_COUNTER: u32 = 44;

    pub(crate) const BEGIN: u64 = 1;
    pub(crate) const END: u64 = 2;
    pub(crate) const INSTANT: u64 = 3;
    pub(crate) const COUNTED: u64 = 4;
}

/// Fields of `DebugAnnotation`.
pub(super) mod annotation {
    pub(crate) const NAME_NUMBER: u32 = 1;
    pub(crate) const UNSIGNED: u32 = 3;
    pub(crate) const SIGNED: u32 = 4;
    pub(crate) const DOUBLE: u32 = 5;
    pub(crate) const TEXT: u32 = 6;
    pub(crate) const NAME: u32 = 10;
}

/// Fields of `TrackDescriptor`, and of what it holds.
pub(super) mod track {
    pub(crate) const ID: u32 = 1;
    pub(crate) const NAME: u32 = 2;
    pub(crate) const PROCESS: u32 = 3;
    pub(crate) const THREAD: u32 = 4;
    pub(crate) const PARENT: u32 = 5;
    pub(crate) const COUNTER: u32 = 8;
    pub(crate) const PROCESS_ID: u32 = 1;
    pub(crate) const PROCESS_NAME: u32 = 6;
    pub(crate) const THREAD_PROCESS: u32 = 1;
    pub(crate) const THREAD_ID: u32 = 2;
    pub(crate) const THREAD_NAME: u32 = 5;
}

/// Fields of `ClockSnapshot`.
pub(super) mod clock {
    pub(crate) const CLOCK: u32 = 1;
    pub(crate) const PRIMARY: u32 = 2;
    pub(crate) const ID: u32 = 1;
    pub(crate) const TIMESTAMP: u32 = 2;
    pub(crate) const IS_INCREMENTAL: u32 = 3;
    pub(crate) const REALTIME: u64 = 1;
    pub(crate) const MONOTONIC: u64 = 3;
    /// Of a sequence: each time is what went by since the one before.
    pub(crate) const SINCE: u64 = 64;
}

/// Fields of `InternedData`, whose entries have a number and a name.
pub(super) mod interned {
    pub(crate) const NAMES: u32 = 2;
    pub(crate) const ANNOTATIONS: u32 = 3;
    pub(crate) const NUMBER: u32 = 1;
    pub(crate) const NAME: u32 = 2;
}

/// Sequences of threads have lower numbers.
pub(super) const OF_SPANS: u64 = 999_999;
/// What belongs to no thread.
pub(super) const OF_PROCESS: u64 = 1_000_000;

const KIND_SHIFT: u32 = 60;

/// The track of the process.
pub(super) const PROCESS_TRACK: u64 = 1 << KIND_SHIFT;

/// By the kernel's number of it.
pub(super) fn thread_track(id: u64) -> u64 {
    2 << KIND_SHIFT | id
}

pub(super) fn span_track(id: u64) -> u64 {
    3 << KIND_SHIFT | id
}

/// In the order in which counters came.
pub(super) fn counter_track(number: u64) -> u64 {
    4 << KIND_SHIFT | number
}

/// Below that of a thread, by the sequence that says it.
#[cfg(sampler)]
pub(super) fn track_beside(sequence: u64, id: u64) -> u64 {
    5 << KIND_SHIFT | (sequence & 0xff) << 32 | id
}
