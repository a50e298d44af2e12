//! Labels as an owned value.

use super::scope::{BASE_SITE, SET_SITE, with_set};
use super::{LabelValue, ValueRef, entered, observe};
use crate::values::Value;
use crate::values::bounds::{count_truncated, cut_key};
use crate::values::cell::Cell;
use crate::values::codec::{Found, read};
use crate::values::set::{self, Entry, Set};
use std::fmt;
use std::hash::{Hash, Hasher};

/// A set of labels that can be stored, sent and put in force elsewhere.
///
/// A copy shares its memory, which is free again when the last one is dropped. The Go hook: `pprof.LabelSet` and the labels
/// in a `context.Context`.
///
/// ```
/// use hooks_runtime::labels::{Labels, ValueRef};
///
/// let labels = hooks_runtime::labels! { "route" => "/orders", "shard" => 3 };
/// let seen = labels.scope(|| Labels::current());
/// assert_eq!(seen, labels);
/// assert_eq!(seen.get("route"), Some(ValueRef::Text("/orders")));
/// assert_eq!(seen.to_string(), "route=/orders,shard=3");
/// ```
///
/// Cost: [`Labels::current`] and [`labels!`](crate::labels!) allocate, once for the set and once for each text; a copy is a
/// count; [`Labels::scope`] is two stores and two back.
#[derive(Clone, Default)]
pub struct Labels(pub(super) Set);

impl Labels {
    /// No labels. Cost: nothing.
    ///
    /// ```
    /// use hooks_runtime::labels::Labels;
    ///
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// // What is not this route's doing is not counted as its own.
    /// let seen = labels.scope(|| Labels::none().replace(Labels::current));
    /// assert!(seen.is_empty());
    /// ```
    pub const fn none() -> Self {
        Labels(Set::EMPTY)
    }

    /// The labels in force here, inner ones shadowing outer ones of the same key.
    ///
    /// ```
    /// use hooks_runtime::labels::Labels;
    ///
    /// #[hooks_runtime::labeled(route)]
    /// fn handle(route: &str) -> Labels {
    ///     Labels::current() // to be carried to another thread, say
    /// }
    ///
    /// assert_eq!(handle("/orders").to_string(), "route=/orders");
    /// ```
    ///
    /// Cost: some 150 ns with one label, for a set and the texts in it, which are allocated. The Go hook: `pprof.Label` and the
    /// context that carries them.
    pub fn current() -> Self {
        let mut labels = Vec::new();
        let left_out = observe::visit(&mut |key, value| labels.push(Entry::new(key.into(), value.into())));
        if left_out > 0 {
            count_truncated(left_out);
        }
        // Each key occurs once, so their order does not matter.
        Labels(Set::of(labels))
    }

    /// These labels and `key`, which shadows an equal key of theirs. A value that is `None` changes nothing.
    ///
    /// ```
    /// let labels = hooks_runtime::labels! { "route" => "/a" };
    /// assert_eq!(labels.with("route", "/b").to_string(), "route=/b");
    /// ```
    #[must_use]
    pub fn with(&self, key: &str, value: impl LabelValue) -> Self {
        self.with_unit(key, value, "")
    }

    /// As [`with`](Self::with), with the unit of a number: `bytes` and `nanoseconds` are scaled by `pprof`.
    ///
    /// ```
    /// let labels = hooks_runtime::labels::Labels::none().with_unit("size", 2048, "bytes");
    /// assert_eq!(labels.to_string(), "size=2048bytes");
    /// ```
    #[must_use]
    pub fn with_unit(&self, key: &str, value: impl LabelValue, unit: &str) -> Self {
        let Label(Some(label)) = label_with_unit(key, &value, unit) else { return self.clone() };
        Labels(Set::of(self.0.entries().iter().cloned().chain([label])))
    }

    /// The value of `key`. The Go hook: `pprof.Label`.
    ///
    /// ```
    /// let labels = hooks_runtime::labels! { "route" => "/orders", "shard" => 3 };
    /// assert_eq!(labels.get("route").and_then(|value| value.as_str()), Some("/orders"));
    /// assert_eq!(labels.get("shard").and_then(|value| value.as_number()), Some(3));
    /// assert_eq!(labels.get("tenant"), None);
    /// ```
    ///
    /// Cost: looks at each label in turn.
    pub fn get(&self, key: &str) -> Option<ValueRef<'_>> {
        self.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }

    /// All labels, in the order of their keys. The Go hook: `pprof.ForLabels`.
    ///
    /// ```
    /// let labels = hooks_runtime::labels! { "shard" => 3, "route" => "/orders" };
    /// let text: Vec<String> = labels.iter().map(|(key, value)| format!("{key} is {value}")).collect();
    /// assert_eq!(text, ["route is /orders", "shard is 3"]);
    /// assert_eq!(labels.len(), 2);
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, ValueRef<'_>)> + Clone {
        set::visit(self.0.entries())
    }

    /// Has these labels in force on this thread until `leave(id)`, which may come in any order: what a span does.
    #[doc(hidden)]
    pub fn enter(&self, id: u64) {
        entered::enter(id, &self.0);
    }

    /// What was [entered](Self::enter) with this id on this thread has these labels from now on.
    #[doc(hidden)]
    pub fn change(&self, id: u64) {
        entered::change(id, &self.0);
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.iter().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `work` with these labels in force, inside those that are in force already. The Go hook: `pprof.Do`.
    ///
    /// The labels are gone again when `work` returns or panics.
    ///
    /// ```
    /// use hooks_runtime::labels::Labels;
    ///
    /// let outer = hooks_runtime::labels! { "route" => "/orders" };
    /// let inner = hooks_runtime::labels! { "shard" => 3 };
    /// let both = outer.scope(|| inner.scope(Labels::current));
    /// assert_eq!(both.to_string(), "route=/orders,shard=3");
    /// ```
    ///
    /// Cost: 1 to 2 ns.
    pub fn scope<R>(&self, work: impl FnOnce() -> R) -> R {
        with_set(&SET_SITE, &self.0, work)
    }

    /// Runs `work` with these labels in force *instead of* those that are. For work that came from elsewhere, as
    /// [`spawn`](super::spawn) does.
    ///
    /// ```
    /// use hooks_runtime::labels::Labels;
    ///
    /// let outer = hooks_runtime::labels! { "route" => "/orders" };
    /// let inner = hooks_runtime::labels! { "shard" => 3 };
    /// let one = outer.scope(|| inner.replace(Labels::current));
    /// assert_eq!(one, inner);
    /// ```
    ///
    /// Cost: 1 to 2 ns.
    pub fn replace<R>(&self, work: impl FnOnce() -> R) -> R {
        with_set(&BASE_SITE, &self.0, work)
    }
}

/// One label of [`labels!`](crate::labels!); nothing where the value is `None`.
#[derive(Debug)]
pub struct Label(Option<Entry>);

/// What [`labels!`](crate::labels!) makes of `key => value`.
pub fn label<V: LabelValue + ?Sized>(key: &str, value: &V) -> Label {
    label_with_unit(key, value, "")
}

/// What [`labels!`](crate::labels!) makes of all its labels: one set, where a chain of `with` would make one for each step.
pub fn labels<const N: usize>(labels: [Label; N]) -> Labels {
    Labels(Set::of(labels.into_iter().filter_map(|label| label.0)))
}

fn label_with_unit<V: LabelValue + ?Sized>(key: &str, value: &V, unit: &str) -> Label {
    let cell = value.cell();
    let value = read_value(&cell, cut_key(unit));
    Label(value.map(|value| Entry::new(cut_key(key).into(), value)))
}

/// The value in a cell outside of any frame.
fn read_value<C: Cell>(cell: &C, unit: &str) -> Option<Value> {
    // SAFETY: `C` is a cell, and it is alive for the call.
    match unsafe { read((&raw const *cell).cast()) }.0 {
        Found::Text(text) => Some(Value::from(ValueRef::Text(text))),
        Found::Number(value) => Some(Value::from(ValueRef::Number { value, unit })),
        Found::Absent | Found::Set(_) | Found::Place(_) | Found::Nothing => None,
    }
}

/// By content.
impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (self.0.entries(), other.0.entries());
        std::ptr::eq(one, other) || set::visit(one).eq(set::visit(other))
    }
}
impl Eq for Labels {}

/// By content.
impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|label| label.hash(state));
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// `key=value` pairs separated by commas.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{key}={value}")?;
        }
        Ok(())
    }
}

/// Makes a [`Labels`]: `labels! { "route" => route, "size" => size }`.
///
/// Values are looked at, not moved: whatever [`LabelValue`] takes. `None` leaves its label out. Of others write
/// `format_args!("{value}")`. Of equal keys the last wins.
///
/// ```
/// let (route, retries, size) = (String::from("/orders"), None::<u32>, 1.5);
/// let labels = hooks_runtime::labels! {
///     "route" => route,
///     "retries" => retries,
///     "size" => format_args!("{size} MB"),
/// };
/// assert_eq!(labels.to_string(), "route=/orders,size=1.5 MB");
/// drop(route); // still ours
/// ```
#[macro_export]
macro_rules! labels {
    ($($key:expr => $value:expr),* $(,)?) => {
        $crate::__private::labels([$($crate::__private::label($key, &$value)),*])
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "`labels!` takes pairs of a text and a value, `labels! { \"route\" => route }`, \
             and for any `Display` or `Debug` `\"key\" => format_args!(..)`"
        )
    };
}
