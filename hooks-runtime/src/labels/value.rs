//! What may be a label's value, and how an observer sees it.

use super::written::Written;
use std::borrow::Cow;
use std::fmt;
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
/// No type of a user's implements this: what lies in a frame is read in signal handlers, and has to be as this crate
/// lays it out. A type of yours becomes a label by its `Display` (`user = %id`), by its `Debug` (`key = ?k`) or by what
/// is in it (`tenant = id.0`).
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
pub trait LabelValue: Written {}

macro_rules! label_values {
    ($($value:ty)*) => {$(
        impl LabelValue for $value {}
    )*};
}
label_values!(str String char bool f32 f64 fmt::Arguments<'_>);

macro_rules! integers {
    ($($integer:ty)*) => { label_values!($($integer NonZero<$integer>)*); };
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

macro_rules! label_values_behind {
    ($($pointer:ty)*) => {$(
        impl<V: LabelValue + ?Sized> LabelValue for $pointer {}
    )*};
}
label_values_behind!(&V &mut V Box<V> Rc<V> Arc<V>);

impl<V: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, V> {}
impl<V: LabelValue> LabelValue for Option<V> {}

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
