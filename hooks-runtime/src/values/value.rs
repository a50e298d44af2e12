//! What may be a label's value, and how it is written into a frame.

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
/// [`truncated`](crate::labels::truncated). Floats become text. `None` is no label at all. Text is cut to
/// [`MAX_VALUE`](crate::labels::MAX_VALUE) bytes, and counted too.
///
/// No type of a user's implements this: what lies in a frame is read in signal handlers, and has to be as this crate
/// lays it out. A type of yours becomes a label by its `Display` (`user = %id`), by its `Debug` (`key = ?k`) or by what
/// is in it (`tenant = id.0`).
///
/// Cost: text is copied up to [`MAX_VALUE`](crate::labels::MAX_VALUE) bytes; nothing is allocated.
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
    message = "`{Self}` cannot be a value of a label or region as it is",
    label = "not text, a number, `bool`, `char` or an `Option` of one",
    note = "write `key = %value` to use its `Display`, or `key = ?value` to use its `Debug`; in `labels!`, `format_args!(..)`"
)]
pub trait LabelValue: Written {}

macro_rules! label_values {
    ($($value:ty)*) => {$(
        impl LabelValue for $value {}
    )*};
}
label_values!(str String char bool f32 f64 fmt::Arguments<'_>);

macro_rules! integer_values {
    ($($integer:ty)*) => { label_values!($($integer NonZero<$integer>)*); };
}
integer_values!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! label_values_behind {
    ($($pointer:ty)*) => {$(
        impl<V: LabelValue + ?Sized> LabelValue for $pointer {}
    )*};
}
label_values_behind!(&V &mut V Box<V> Rc<V> Arc<V>);

impl<V: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, V> {}
impl<V: LabelValue> LabelValue for Option<V> {}

/// Emitted for a label with others: any value but borrowed text.
#[inline]
pub fn value<V: LabelValue + ?Sized>(value: &V) -> V::Cell {
    value.cell()
}

/// Nobody outside of this crate can name it, so nobody else implements it: the sealed half of [`LabelValue`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made a label's value: `LabelValue` is implemented by `hooks_runtime` alone",
    label = "write `key = %value` to use its `Display`, or `key = ?value` to use its `Debug`; in `labels!`, `format_args!(..)`"
)]
pub trait Written {
    /// What lies in the frame.
    type Cell: Cell;
    /// The value as it will lie there.
    fn cell(&self) -> Self::Cell;
    /// [`cell`](Self::cell), where it is to lie. Fills `cell`: the frame is linked after, and read.
    #[inline]
    fn write(&self, cell: &mut MaybeUninit<Self::Cell>) {
        cell.write(self.cell());
    }
}

impl Written for str {
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

impl Written for char {
    type Cell = Copied;
    fn cell(&self) -> Copied {
        Copied::new(self.encode_utf8(&mut [0; 4]))
    }
}

impl Written for bool {
    type Cell = Text<'static>;
    #[inline]
    fn cell(&self) -> Text<'static> {
        text(if *self { "true" } else { "false" })
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl Written for $integer {
            type Cell = Number;
            #[inline]
            fn cell(&self) -> Number {
                // Out of range only for the widest types, where an `as` would turn large into negative.
                Number::new(i64::try_from(*self).unwrap_or_else(|_| clamped(*self > 0)))
            }
        }

        impl Written for NonZero<$integer> {
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
        impl Written for $shown {
            type Cell = Copied;
            fn cell(&self) -> Copied {
                display(self)
            }
        }
    )*};
}
displayed!(f32 f64 fmt::Arguments<'_>);

macro_rules! delegated {
    ($([$($generic:tt)*] $owner:ty => $value:ty,)*) => {$(
        impl<$($generic)*> Written for $owner {
            type Cell = <$value as Written>::Cell;
            #[inline]
            fn cell(&self) -> Self::Cell {
                <$value as Written>::cell(self)
            }
            #[inline]
            fn write(&self, cell: &mut MaybeUninit<Self::Cell>) {
                <$value as Written>::write(self, cell);
            }
        }
    )*};
}
delegated! {
    [] String => str,
    [V: Written + ?Sized] &V => V,
    [V: Written + ?Sized] &mut V => V,
    [V: Written + ?Sized] Box<V> => V,
    [V: Written + ?Sized] Rc<V> => V,
    [V: Written + ?Sized] Arc<V> => V,
    [V: Written + ToOwned + ?Sized] Cow<'_, V> => V,
}

impl<V: Written> Written for Option<V> {
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
