//! **Runs in a signal handler**: reads the labels of its thread and checks them.

use hooks_runtime::labels::observe::{ValueRef, visit};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const MOST: usize = 64;

/// Signals that found a scope open.
pub(crate) static OPEN_READS: AtomicU64 = AtomicU64::new(0);
static TEXTS: AtomicU64 = AtomicU64::new(0);
static NUMBERS: AtomicU64 = AtomicU64::new(0);
static BETWEEN: AtomicU64 = AtomicU64::new(0);
static FAULTS: AtomicU64 = AtomicU64::new(0);
static TORN: AtomicU64 = AtomicU64::new(0);
static DISAGREE: AtomicU64 = AtomicU64::new(0);
static FOREIGN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THREAD: Cell<i64> = const { Cell::new(0) };
}

/// From now on signals of this thread must find the label `thread = number`.
pub(crate) fn expect_thread(number: u64) {
    THREAD.set(number.try_into().unwrap());
}

#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) texts: u64,
    pub(crate) numbers: u64,
    /// Outside of every scope but the thread's own.
    between: u64,
    pub(crate) faults: u64,
    /// A text that is not what its length says it must be.
    #[allow(dead_code, reason = "shown by Debug")]
    torn: u64,
    /// A scope of which one label was seen and the other was not, or another's.
    #[allow(dead_code, reason = "shown by Debug")]
    disagree: u64,
    /// The label of another thread, or not even the thread's own.
    #[allow(dead_code, reason = "shown by Debug")]
    foreign: u64,
}

impl Counts {
    pub(crate) fn by_name(&self) -> [(&str, u64); 3] {
        [("texts", self.texts), ("numbers", self.numbers), ("between", self.between)]
    }
}

pub(crate) fn counts() -> Counts {
    let read = |count: &AtomicU64| count.load(Relaxed);
    Counts {
        texts: read(&TEXTS),
        numbers: read(&NUMBERS),
        between: read(&BETWEEN),
        faults: read(&FAULTS),
        torn: read(&TORN),
        disagree: read(&DISAGREE),
        foreign: read(&FOREIGN),
    }
}

/// The text with length `length`: that many times a letter that goes with the length.
pub(crate) fn letter(length: usize) -> u8 {
    b"abcdefghijklmnopqrstuvwxyz"[length % 26]
}

#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    Number(i64),
    Text { length: usize, bytes: [u8; MOST] },
}

impl Seen {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Number { value, .. } => Seen::Number(value),
            ValueRef::Text(text) => {
                let mut bytes = [0; MOST];
                for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
                    *slot = byte;
                }
                Seen::Text { length: text.len(), bytes }
            }
        }
    }

    fn is_whole(&self) -> bool {
        match self {
            Seen::Text { length: 0, .. } => false,
            Seen::Text { length, bytes } if *length <= MOST => {
                bytes.iter().take(*length).all(|byte| *byte == letter(*length))
            }
            Seen::Text { .. } => false,
            Seen::Number(_) | Seen::Nothing => true,
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Seen::Number(left), Seen::Number(right)) => *left == !*right,
            _ => self == other,
        }
    }
}

pub(crate) extern "C" fn handle(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    // SAFETY: the thread's own `errno`.
    let saved = unsafe { *libc::__errno_location() };
    let (mut left, mut right, mut solo, mut thread) =
        (Seen::Nothing, Seen::Nothing, Seen::Nothing, Seen::Nothing);
    visit(&mut |key, value| match key {
        "left" => left = Seen::of(value),
        "right" => right = Seen::of(value),
        "solo" => solo = Seen::of(value),
        "thread" => thread = Seen::of(value),
        _ => fault(&TORN),
    });
    check(left, right, solo, thread);
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = saved };
}

fn check(left: Seen, right: Seen, solo: Seen, thread: Seen) {
    if !left.is_whole() || !right.is_whole() || !solo.is_whole() {
        fault(&TORN);
    }
    if !left.agrees(&right) {
        fault(&DISAGREE);
    }
    if thread != Seen::Number(THREAD.get()) {
        fault(&FOREIGN);
    }
    let kind = match (left, solo) {
        (Seen::Number(_), _) => &NUMBERS,
        (Seen::Text { .. }, _) | (_, Seen::Text { .. }) => &TEXTS,
        _ => &BETWEEN,
    };
    kind.fetch_add(1, Relaxed);
    OPEN_READS.fetch_add(u64::from(!std::ptr::eq(kind, &raw const BETWEEN)), Relaxed);
}

fn fault(kind: &AtomicU64) {
    kind.fetch_add(1, Relaxed);
    FAULTS.fetch_add(1, Relaxed);
}
