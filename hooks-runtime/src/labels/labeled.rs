//! What is polled, with labels in force meanwhile.

use super::Labels;
use super::scope::{BASE_SITE, SET_SITE};
use crate::polled::{Pair, PairOf, Polled, Template};
use crate::values::cell::Set;
use crate::waiting::reading;

/// Puts labels in force while something is polled or dropped.
///
/// It is there for every type: what has labels then is what the type is.
///
/// | the type is | labels are in force | feature |
/// |---|---|---|
/// | a future | in each poll | |
/// | a stream, a sink, I/O of the `futures` crates | in each poll, each start of a send | `futures` |
/// | an `http_body::Body` | in each poll of a frame | `http-body` |
/// | I/O of tokio | in each poll | `tokio` |
/// | rayon's parallel iterator | on each thread, for all items that it takes | `rayon` |
///
/// and, of each of them, in its drop. [`WithLabels`] says how to come by the rest of what a type can do.
///
/// Of a parallel iterator, what numbers, pairs or turns round its items (`enumerate`, `zip`, `rev`, `chunks`,
/// `with_min_len`) goes before the labels: `rows.par_iter().enumerate().carried().map(..)`. After them it does not compile, since
/// it takes the items out one by one, and what follows would have no labels.
///
/// ```compile_fail
/// use hooks_runtime::labels::Labeled;
/// use rayon::prelude::*;
///
/// let numbered = [1, 2].par_iter().carried().enumerate(); // `.enumerate().carried()` does
/// ```
pub trait Labeled: Sized {
    /// `self` with `labels` in force, inside those of whoever polls it.
    ///
    /// ```
    /// use hooks_runtime::labels::{Labeled, Labels};
    ///
    /// # futures::executor::block_on(async {
    /// let labels = hooks_runtime::labels! { "route" => "/orders" };
    /// let seen = async { Labels::current() }.labeled(labels.clone()).await;
    /// assert_eq!(seen, labels);
    /// assert!(Labels::current().is_empty());
    /// # });
    /// ```
    ///
    /// Cancel safety: dropping the future drops `self`, with the labels in force. Cost: 1 ns a poll, 40 bytes.
    fn labeled(self, labels: Labels) -> WithLabels<Self> {
        Polled::new(Template::new(&SET_SITE, Set::new(&labels.0)), Kept(labels), self)
    }

    /// `self` with `labels` in force *instead of* those of whoever polls it; for futures that are given to a runtime.
    ///
    /// ```
    /// use hooks_runtime::labels::{Labeled, Labels};
    ///
    /// let outer = hooks_runtime::labels! { "route" => "/orders" };
    /// let own = hooks_runtime::labels! { "task" => "audit" };
    /// let task = async { Labels::current() }.labeled_instead(own.clone());
    /// assert_eq!(outer.scope(|| futures::executor::block_on(task)), own);
    /// ```
    ///
    /// Cancel safety and cost: as [`labeled`](Self::labeled).
    fn labeled_instead(self, labels: Labels) -> WithLabels<Self> {
        Polled::new(Template::new(&BASE_SITE, Set::new(&labels.0)), Kept(labels), self)
    }

    /// [`labeled_instead`](Self::labeled_instead) of the labels that are in force here: wherever it is polled, it is this
    /// work's. What a value is that is no future, see [`Carried`](super::Carried).
    ///
    /// ```
    /// use hooks_runtime::labels::{Labeled, Labels};
    /// # #[cfg(feature = "rayon")] {
    /// use rayon::prelude::*;
    ///
    /// #[hooks_runtime::labeled(route)]
    /// fn handle(route: &str) -> Vec<String> {
    ///     let rows = vec![1, 2, 3];
    ///     rows.par_iter().carried().map(|row| format!("{row} of {}", Labels::current())).collect()
    /// }
    ///
    /// assert_eq!(handle("/orders")[2], "3 of route=/orders");
    /// # }
    /// ```
    ///
    /// Cost: one [`Labels::current`], then as [`labeled`](Self::labeled).
    fn carried(self) -> WithLabels<Self> {
        self.labeled_instead(Labels::current())
    }
}

impl<T> Labeled for T {}

/// Something with labels; see [`Labeled`]. It has `labels()`, `get_ref()`, and `into_inner()`, which takes the labels off.
///
/// ```
/// use hooks_runtime::labels::Labeled;
///
/// let labels = hooks_runtime::labels! { "route" => "/orders" };
/// let rows = vec![1, 2].into_iter().labeled(labels.clone());
/// assert_eq!((rows.labels(), rows.get_ref().len()), (labels, 2));
/// assert_eq!(rows.into_inner().sum::<u32>(), 3);
/// ```
pub type WithLabels<T> = Polled<Set, Kept, T>;

impl<T> WithLabels<T> {
    /// The labels.
    pub fn labels(&self) -> Labels {
        self.inside().1.0.clone()
    }

    /// What has the labels.
    pub fn get_ref(&self) -> &T {
        self.inside().2
    }

    /// What had the labels, without them.
    pub fn into_inner(self) -> T {
        self.into_inside().2
    }
}

/// The labels of what is polled, for as long as that is there, and until no dump reads of it any more.
#[derive(Debug)]
pub struct Kept(pub(super) Labels);

impl Pair for Kept {}
impl<R> PairOf<R> for Kept {}

impl Drop for Kept {
    #[inline]
    fn drop(&mut self) {
        reading::give_up(&mut self.0);
    }
}
