//! What may be a label's value, and how an observer sees it.

use super::bounds::count_truncated;
use super::cell::{Cell, Copied, Number, Text, display, text};
use std::borrow::Cow;
use std::fmt;
use std::mem::MaybeUninit;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

/// Types that can be the value of a label without `%` or `?`: text (`format_args!` too), `char`, `bool`, numbers, and
/// `Option`s, boxes and references of these.
///
/// Integers become numeric labels; what is outside of `i64`, which is what profiles hold, is clamped and counted in
/// [`truncated`](super::truncated). Floats become text. `None` is no label at all. Text is cut to
/// [`MAX_VALUE`](super::MAX_VALUE) bytes, and counted too.
///
/// Cost: text is copied up to [`MAX_VALUE`](super::MAX_VALUE) bytes; nothing is allocated.
///
/// ```
/// use hooks_runtime::{labeled, labels::Labels};
///
/// #[labeled(tenant = user.1, shard)]
/// fn handle(user: (String, u32), shard: Option<&'static str>) -> Labels {
///     drop(user); // the label holds a copy
///     Labels::current()
/// }
///
/// let labels = handle(("a".into(), 7), None);
/// assert_eq!(labels.to_string(), "tenant=7");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label's value as it is",
    label = "not text, a number, `bool`, `char` or an `Option` of one",
    note = "write `key = %value` to use its `Display`, or `key = ?value` to use its `Debug`"
)]
pub trait LabelValue {
    #[doc(hidden)]
    type Cell: Cell;
    #[doc(hidden)]
    fn cell(&self) -> Self::Cell;
    /// [`cell`](Self::cell), where it is to lie.
    #[doc(hidden)]
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<Self::Cell>) {
        cell.write(self.cell());
    }
}

impl LabelValue for str {
    type Cell = Copied;
    #[inline]
    fn cell(&self) -> Copied {
        Copied::new(self)
    }
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<Copied>) {
        Copied::write(self, cell);
    }
}

impl LabelValue for String {
    type Cell = Copied;
    #[inline]
    fn cell(&self) -> Copied {
        Copied::new(self)
    }
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<Copied>) {
        Copied::write(self, cell);
    }
}

impl LabelValue for char {
    type Cell = Copied;
    fn cell(&self) -> Copied {
        Copied::new(self.encode_utf8(&mut [0; 4]))
    }
}

impl LabelValue for bool {
    type Cell = Text<'static>;
    #[inline]
    fn cell(&self) -> Text<'static> {
        text(if *self { "true" } else { "false" })
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl LabelValue for $integer {
            type Cell = Number;
            #[inline]
            fn cell(&self) -> Number {
                // Out of range only for the widest types, where an `as` would turn large into negative.
                Number::new(i64::try_from(*self).unwrap_or_else(|_| clamped(*self > 0)))
            }
        }

        impl LabelValue for NonZero<$integer> {
            type Cell = Number;
            #[inline]
            fn cell(&self) -> Number {
                self.get().cell()
            }
        }
    )*};
}

#[cold]
fn clamped(positive: bool) -> i64 {
    count_truncated(1);
    if positive { i64::MAX } else { i64::MIN }
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! displayed {
    ($($shown:ty)*) => {$(
        impl LabelValue for $shown {
            type Cell = Copied;
            fn cell(&self) -> Copied {
                display(self)
            }
        }
    )*};
}
displayed!(f32 f64 fmt::Arguments<'_>);

macro_rules! delegated {
    ($($pointer:ty)*) => {$(
        impl<V: LabelValue + ?Sized> LabelValue for $pointer {
            type Cell = V::Cell;
            #[inline]
            fn cell(&self) -> V::Cell {
                (**self).cell()
            }
            #[inline]
            fn write(&self, cell: &mut MaybeUninit<V::Cell>) {
                (**self).write(cell);
            }
        }
    )*};
}
delegated!(&V &mut V Box<V> Rc<V> Arc<V>);

impl<V: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, V> {
    type Cell = V::Cell;
    #[inline]
    fn cell(&self) -> V::Cell {
        (**self).cell()
    }
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<V::Cell>) {
        (**self).write(cell);
    }
}

impl<V: LabelValue> LabelValue for Option<V> {
    type Cell = V::Cell;
    #[inline]
    fn cell(&self) -> V::Cell {
        self.as_ref().map_or(Cell::ABSENT, V::cell)
    }
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<V::Cell>) {
        match self {
            Some(value) => value.write(cell),
            None => _ = cell.write(Cell::ABSENT),
        }
    }
}

/// The value of a label as an observer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueRef<'a> {
    /// Text, at most [`MAX_VALUE`](super::MAX_VALUE) bytes.
    Text(&'a str),
    /// A number with its unit.
    Number {
        /// The number.
        value: i64,
        /// Its unit, such as `"bytes"`; `""` where none was given.
        unit: &'a str,
    },
}

impl<'a> ValueRef<'a> {
    /// The text, where it is text.
    pub fn as_str(self) -> Option<&'a str> {
        if let ValueRef::Text(text) = self { Some(text) } else { None }
    }

    /// The number, where it is one.
    pub fn as_number(self) -> Option<i64> {
        if let ValueRef::Number { value, .. } = self { Some(value) } else { None }
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueRef::Text(text) => f.write_str(text),
            ValueRef::Number { value, unit } => write!(f, "{value}{unit}"),
        }
    }
}
