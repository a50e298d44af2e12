//! Label values: as they lie in a frame, in a set that is shared, and copied into a table.
//!
//! In: a [`value`] of a user's, which becomes a [`cell`] in a frame, or labels that become a [`set`]; within [`bounds`], and
//! of some keys no more [`distinct`] ones than the program allows.
//! Out: by the one [`codec`], what an observer finds, in a frame or in the copy that a waiting future has of it.
//! Nothing here knows of frames, scopes or tasks.

pub(crate) mod bounds;
pub(crate) mod cell;
pub(crate) mod codec;
pub(crate) mod distinct;
pub(crate) mod set;
pub(crate) mod value;

use std::fmt;

/// The value of a label as an observer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueRef<'a> {
    /// Text, at most [`MAX_VALUE`](crate::labels::MAX_VALUE) bytes.
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

/// An owned value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Text(Box<str>),
    Number(i64, Box<str>),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(text) => Value::Text(text.into()),
            ValueRef::Number { value, unit } => Value::Number(value, unit.into()),
        }
    }
}

impl Value {
    fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Value::Text(text) => ValueRef::Text(text),
            Value::Number(value, unit) => ValueRef::Number { value: *value, unit },
        }
    }
}
