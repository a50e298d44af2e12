//! SIGNAL HANDLER, as far as [`Set::iter`].
//!
//! Sets of labels that live for ever: each distinct set once, up to a bound.

use super::ValueRef;
use super::bounds::{MOST_KEYS, count_truncated};
use crate::mutex::whole;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, RwLock};

/// How many distinct sets are kept; see [`overflowed`].
pub const MOST_SETS: usize = 65_536;

/// Labels with owned keys and values, sorted by key.
#[derive(Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Set {
    labels: Box<[(Box<str>, Value)]>,
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

impl Set {
    /// Keys and values in the order of the keys. Async-signal-safe.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, ValueRef<'_>)> + Clone {
        self.labels.iter().map(|(key, value)| (&**key, value.as_ref()))
    }
}

static OVERFLOWED: AtomicU64 = AtomicU64::new(0);

/// How many times a set of labels could not be kept because there are [`MOST_SETS`] already.
///
/// Such a set is replaced by one with the single label `labels=(overflow)`: profiles show that labels are missing
/// instead of growing without bound when a label has unbounded values (a request id, say).
///
/// ```standalone_crate
/// use hooks_runtime::labels::{Labels, MOST_SETS, overflowed};
///
/// let before = overflowed();
/// for id in 0..MOST_SETS {
///     drop(Labels::none().with("request", id)); // each is kept for ever
/// }
/// let one_more = Labels::none().with("request", MOST_SETS);
/// assert_eq!(one_more.to_string(), "labels=(overflow)");
/// assert!(overflowed() > before);
/// ```
///
/// Cost: one load. Go has no bound, and no such number.
pub fn overflowed() -> u64 {
    OVERFLOWED.load(Ordering::Relaxed)
}

pub(crate) fn empty() -> &'static Set {
    static EMPTY: OnceLock<Set> = OnceLock::new();
    EMPTY.get_or_init(Set::default)
}

/// The one set with these labels; of equal keys the last wins. Those that are too many are left out and counted.
pub(crate) fn intern(labels: impl IntoIterator<Item = (Box<str>, Value)>) -> &'static Set {
    let mut sorted: Vec<(Box<str>, Value)> = Vec::new();
    for (key, value) in labels {
        match sorted.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => sorted[at].1 = value,
            Err(at) if sorted.len() < MOST_KEYS => sorted.insert(at, (key, value)),
            Err(_) => count_truncated(1),
        }
    }
    if sorted.is_empty() { empty() } else { table().intern(Set { labels: sorted.into() }) }
}

/// Compared by content while being interned; afterwards equal sets have one address.
#[derive(Default)]
struct Table(RwLock<HashSet<&'static Set>>);

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(Table::default)
}

impl Table {
    fn intern(&self, set: Set) -> &'static Set {
        let found = whole(self.0.read()).get(&set).copied();
        found.unwrap_or_else(|| self.insert(set))
    }

    #[cold]
    fn insert(&self, set: Set) -> &'static Set {
        let mut sets = whole(self.0.write());
        if let Some(set) = sets.get(&set) {
            return set;
        }
        if sets.len() >= MOST_SETS {
            OVERFLOWED.fetch_add(1, Ordering::Relaxed);
            return overflow();
        }
        let set: &'static Set = Box::leak(Box::new(set));
        sets.insert(set);
        set
    }
}

fn overflow() -> &'static Set {
    static OVERFLOW: OnceLock<Set> = OnceLock::new();
    OVERFLOW.get_or_init(|| Set { labels: [("labels".into(), Value::Text("(overflow)".into()))].into() })
}
