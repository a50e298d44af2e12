//! One event as it lies in memory: the time, what it is and of what, and mostly nothing else.

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $number:literal,)*) => {
        /// What an event says. The numbers are those of the format: one that is no longer used is not given again.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Kind {
            $($(#[$about])* $kind = $number,)*
        }

        impl Kind {
            fn of(number: u64) -> Option<Kind> {
                match number {
                    $($number => Some(Kind::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// A region begins: the address of its site; values in the order of the site's keys.
    RegionBegin = 1,
    /// It ends: the address of its site.
    RegionEnd = 2,
    /// A region without a site begins: its name, file and line.
    NamedBegin = 3,
    /// It ends.
    NamedEnd = 4,
    /// A span begins: its number; then its parent's, the address of its site, [flags](Kind::TASK), its name, and values in the
    /// order of the site's keys or, of a task, the keys and values of its labels.
    SpanBegin = 5,
    /// A poll of the span with this number begins.
    PollBegin = 6,
    /// It ends, and others will follow.
    PollPending = 7,
    /// It ends with a value, and so does the span.
    PollReady = 8,
    /// It ends by a panic, and so does the span.
    PollUnwound = 9,
    /// The span ends before it had a value: it was dropped.
    SpanCancelled = 10,
    /// The span may go on: it is woken, by this thread.
    Woken = 11,
    /// Nobody is left who could wake the span.
    Leaked = 12,
    /// A message of the program: its category, and the message.
    Log = 13,
    /// A number of the program's: its name, and the value.
    Counter = 14,
    /// A region took longer than it should: the address of its site, and the nanoseconds.
    Slow = 15,
    /// Of a recorder that looks whether it records.
    Test = 16,
    /// The span ends; how is not known.
    SpanEnd = 17,
}

impl Kind {
    /// Among the flags of a span: it is a task.
    pub const TASK: u64 = 1;
    /// Among the flags of a span: it was there before, since it began before the recorder did, or so long ago that this may have
    /// been overwritten.
    pub const WAS_THERE: u64 = 2;
    /// Among the flags of a span: its parent has started the work that it is part of, and does not itself poll it.
    pub const APART: u64 = 4;
}

/// What a record is of has 56 bits: an address of the program, or a number.
pub(crate) const SUBJECT: u64 = (1 << 56) - 1;
const HAS_PAYLOAD: u64 = 1 << 56;
const KIND_SHIFT: u32 = 57;
/// The words of a record without payload: ticks, and what [`word`] makes.
pub(crate) const PLAIN: usize = 2;
/// Most bytes of a payload.
pub(crate) const MOST_PAYLOAD: usize = 1000;

/// The second word of a record.
#[inline]
pub(crate) const fn word(kind: Kind, subject: u64) -> u64 {
    (kind as u64) << KIND_SHIFT | subject & SUBJECT
}

#[inline]
pub(crate) const fn word_with_payload(kind: Kind, subject: u64) -> u64 {
    word(kind, subject) | HAS_PAYLOAD
}

/// The words of a payload of so many bytes, with the one that has its length: even, so that records are aligned.
pub(crate) const fn payload_words(bytes: usize) -> usize {
    (1 + bytes.div_ceil(8)).next_multiple_of(2)
}

/// An event, where it was copied to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The time, in units of the [clock](crate::trace::observe::Clock).
    pub ticks: u64,
    /// What it says.
    pub kind: Kind,
    /// Of what: 56 bits.
    pub subject: u64,
    /// What more it says: [`Fields`](crate::trace::observe::Fields). Empty for most.
    pub payload: &'a [u8],
}

/// The records in words that were copied out of a chunk. Ends at the first that is none.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u64],
}

impl<'a> Records<'a> {
    /// All in `words`, which begin with a record.
    pub fn new(words: &'a [u64]) -> Self {
        Records { rest: words }
    }

    /// The words that are not read yet: none after the last record, unless they are no record.
    pub fn rest(&self) -> &'a [u64] {
        self.rest
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let [ticks, word, rest @ ..] = self.rest else { return None };
        let kind = Kind::of(word >> KIND_SHIFT)?;
        let (payload, rest) = if word & HAS_PAYLOAD == 0 { (&[][..], rest) } else { payload(rest)? };
        self.rest = rest;
        Some(Record { ticks: *ticks, kind, subject: word & SUBJECT, payload })
    }
}

/// The payload at the start of these words, and what follows it.
fn payload(words: &[u64]) -> Option<(&[u8], &[u64])> {
    let bytes = usize::try_from(*words.first()?).ok().filter(|bytes| *bytes <= MOST_PAYLOAD)?;
    let (payload, rest) = words.split_at_checked(payload_words(bytes))?;
    let start: *const u8 = payload.get(1..)?.as_ptr().cast();
    // SAFETY: `payload_words` has room for as many bytes after the first word, and any bytes are `u8`s.
    Some((unsafe { std::slice::from_raw_parts(start, bytes) }, rest))
}
