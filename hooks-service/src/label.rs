//! Labels as observers keep them: with owned keys and values.

use std::fmt;

/// The value of a [`Label`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelValue {
    /// Text.
    Text(Box<str>),
    /// A number and its unit (`""`: none).
    Number {
        /// The number.
        value: i64,
        /// The unit, such as `bytes`.
        unit: Box<str>,
    },
}

/// One label of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    /// The key, `route` for instance.
    pub key: Box<str>,
    /// The value.
    pub value: LabelValue,
}

impl LabelValue {
    /// Whether it reads so, without the unit.
    pub(crate) fn is(&self, value: &str) -> bool {
        match self {
            LabelValue::Text(text) => **text == *value,
            LabelValue::Number { value: number, .. } => number.to_string() == value,
        }
    }
}

/// The text, or the number with its unit: `4096 bytes`.
impl fmt::Display for LabelValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelValue::Text(text) => f.write_str(text),
            LabelValue::Number { value, unit } if unit.is_empty() => write!(f, "{value}"),
            LabelValue::Number { value, unit } => write!(f, "{value} {unit}"),
        }
    }
}
