//! What a program says of itself in a trace: messages, and numbers that change.

use super::record::{Kind, MOST_PAYLOAD};
use super::{switch, writer};
use crate::values::bounds::head;
use std::fmt::{self, Display, Write};

/// Says something at this point of the trace: a category, and a message, which is put together only while a recorder runs.
///
/// ```
/// use hooks_runtime::trace;
///
/// let id = 7;
/// trace::log("cache", "miss");
/// trace::log("cache", format_args!("miss of {id}"));
/// ```
///
/// Of both together about 1,000 bytes are kept; what is cut counts in [`truncated`](crate::labels::truncated).
///
/// Cost: one load while no recorder runs; else some 50 ns beside what the message costs. Nothing is allocated.
///
/// The Go hook: `trace.Log`, `trace.Logf`.
#[inline]
pub fn log(category: &str, message: impl Display) {
    if switch::is_on() {
        write_log(category, &message);
    }
}

#[cold]
#[inline(never)]
fn write_log(category: &str, message: &dyn Display) {
    // Before the record: what the message does may be recorded itself, and takes its time.
    let mut text = Text::new();
    let _ = write!(text, "{message}");
    writer::record_with(Kind::Log, 0, |payload| {
        payload.text(category);
        payload.text(text.get());
    });
}

/// Room for a message.
struct Text {
    bytes: [u8; MOST_PAYLOAD],
    length: usize,
}

impl Text {
    fn new() -> Self {
        Text { bytes: [0; MOST_PAYLOAD], length: 0 }
    }

    fn get(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or("")
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let kept = head(text, MOST_PAYLOAD - self.length);
        self.bytes[self.length..self.length + kept.len()].copy_from_slice(kept.as_bytes());
        self.length += kept.len();
        if kept.len() < text.len() {
            crate::values::bounds::count_truncated(1);
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// A number that changes: a line in the trace, under its name.
///
/// ```
/// use hooks_runtime::trace;
///
/// let waiting = vec![1, 2, 3];
/// trace::counter("queue", waiting.len());
/// trace::counter("load", 0.75);
/// ```
///
/// Integers outside of `i64` are clamped.
///
/// Cost: one load while no recorder runs; else some 30 ns.
#[inline]
pub fn counter(name: &str, value: impl CounterValue) {
    if switch::is_on() {
        write_counter(name, value.number());
    }
}

#[cold]
#[inline(never)]
fn write_counter(name: &str, value: Number) {
    writer::record_with(Kind::Counter, 0, |payload| {
        payload.text(name);
        match value {
            Number::Signed(value) => payload.signed(value),
            Number::Float(value) => payload.float(value),
        };
    });
}

/// What a [`counter`] may be: integers and floats.
pub trait CounterValue: Numeric {}

/// What lies in the record.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Signed(i64),
    Float(f64),
}

mod sealed {
    pub trait Numeric {
        fn number(self) -> super::Number;
    }
}
use sealed::Numeric;

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl CounterValue for $integer {}
        impl Numeric for $integer {
            #[inline]
            #[allow(unused_comparisons, reason = "of those without a sign")]
            fn number(self) -> Number {
                Number::Signed(i64::try_from(self).unwrap_or(if self < 0 { i64::MIN } else { i64::MAX }))
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! floats {
    ($($float:ty)*) => {$(
        impl CounterValue for $float {}
        impl Numeric for $float {
            #[inline]
            fn number(self) -> Number {
                Number::Float(self.into())
            }
        }
    )*};
}
floats!(f32 f64);
