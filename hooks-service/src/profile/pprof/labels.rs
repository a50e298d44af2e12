//! Labels within the rules of `profile.proto`.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::label::{Label, LabelValue};

use super::encoder::LabelField;

/// Keys that begin so belong to pprof.
const RESERVED: &str = "pprof::";

/// Which keys of a profile must be text because some sample has text under them.
pub(crate) struct LabelRules<'a> {
    text_keys: HashSet<&'a str>,
}

/// A label ready to be written.
pub(crate) struct EncodedLabel<'a> {
    pub(crate) key: Cow<'a, str>,
    value: EncodedValue<'a>,
}

enum EncodedValue<'a> {
    Text(Cow<'a, str>),
    Number(i64, &'a str),
}

impl<'a> LabelRules<'a> {
    /// The rules for a profile with these labels.
    pub(crate) fn new(labels: impl Iterator<Item = &'a Label>) -> Self {
        let text = labels.filter(|label| matches!(label.value, LabelValue::Text(_)));
        LabelRules { text_keys: text.map(|label| &*label.key).collect() }
    }

    pub(crate) fn encode(&self, label: &'a Label) -> EncodedLabel<'a> {
        let value = match &label.value {
            LabelValue::Text(text) => EncodedValue::Text(visible(text)),
            number @ LabelValue::Number { .. } if self.text_keys.contains(&*label.key) => {
                EncodedValue::Text(number.to_string().into())
            }
            LabelValue::Number { value: 0, unit } if unit.is_empty() => {
                EncodedValue::Number(0, implied_unit(&label.key))
            }
            LabelValue::Number { value, unit } => EncodedValue::Number(*value, unit),
        };
        EncodedLabel { key: allowed(&label.key), value }
    }
}

impl EncodedLabel<'_> {
    pub(crate) fn field(&self) -> LabelField<'_> {
        match &self.value {
            EncodedValue::Text(text) => LabelField::Text(text),
            EncodedValue::Number(number, unit) => LabelField::Number(*number, unit),
        }
    }
}

fn allowed(key: &str) -> Cow<'_, str> {
    key.strip_prefix(RESERVED).map_or(key.into(), |rest| format!("label::{rest}").into())
}

/// In the format an empty text is the same as no label.
fn visible(text: &str) -> Cow<'_, str> {
    if text.is_empty() { "\"\"".into() } else { text.into() }
}

/// In the format a zero without a unit is the same as no label. This is the unit that pprof assumes for the other
/// numbers of the key, so they stay comparable.
fn implied_unit(key: &str) -> &str {
    if matches!(key, "alignment" | "request") { "bytes" } else { key }
}
