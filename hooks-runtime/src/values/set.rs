//! SIGNAL HANDLER, as far as [`visit`].
//!
//! Sets of labels: made once, never changed, and there as long as somebody holds them.

use super::bounds::{MOST_KEYS, count_truncated};
use super::distinct::{Place, admit};
use super::{Value, ValueRef};
use std::sync::Arc;

/// One label of a set.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    key: Box<str>,
    value: Value,
    /// Its value is one of those that a bounded key may have; see [`distinct`](super::distinct).
    _place: Option<Place>,
}

impl Entry {
    /// Of a key that is bounded the value may become `(other)`.
    pub(crate) fn new(key: Box<str>, value: Value) -> Self {
        let (value, place) = admit(&key, value);
        Entry { key, value, _place: place }
    }
}

/// Labels with owned keys and values, sorted by key. A copy is a count; nothing is allocated for no labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set(Option<Arc<[Entry]>>);

impl Set {
    /// No labels.
    pub(crate) const EMPTY: Set = Set(None);

    /// Of equal keys the last wins. Those that are too many are left out and counted.
    pub(crate) fn of(labels: impl IntoIterator<Item = Entry>) -> Set {
        let mut sorted: Vec<Entry> = Vec::new();
        for entry in labels {
            match sorted.binary_search_by(|other| other.key.cmp(&entry.key)) {
                Ok(at) => sorted[at] = entry,
                Err(at) if sorted.len() < MOST_KEYS => sorted.insert(at, entry),
                Err(_) => count_truncated(1),
            }
        }
        Set((!sorted.is_empty()).then(|| sorted.into()))
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// Keys and values in the order of the keys. Async-signal-safe.
pub(crate) fn visit(entries: &[Entry]) -> impl ExactSizeIterator<Item = (&str, ValueRef<'_>)> + Clone {
    entries.iter().map(|entry| (&*entry.key, entry.value.as_ref()))
}
