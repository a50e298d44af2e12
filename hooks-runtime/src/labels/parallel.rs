//! Parallel iterators of rayon with labels, on whatever thread their items are taken.
//!
//! An iterator is split until each thread has a part, and a part is handed to a folder at once: labels are put in force for
//! the part and not for each item. What stands before and after in the chain of adaptors is computed in there.
//!
//! It is no `IndexedParallelIterator`: `enumerate`, `zip`, `rev`, `chunks` take the items of such a one out of a plain iterator,
//! one by one, and what comes after them would have no labels, in silence. They go before the labels.

use super::Labels;
use super::labeled::WithLabels;
use super::scope::with_set;
use rayon::iter::ParallelIterator;
use rayon::iter::plumbing::{Consumer, Folder, Reducer, UnindexedConsumer};

/// The site and the set of a frame.
#[derive(Clone)]
struct Frame(&'static &'static str, Labels);

impl Frame {
    fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        with_set(self.0, &self.1.0, work)
    }
}

/// A part of rayon's machinery that does its work with the labels in force.
struct Labelled<T> {
    labels: Frame,
    inner: T,
}

impl<T> Labelled<T> {
    /// The iterator as it was, and the labels for what takes part in it.
    fn split(with_labels: WithLabels<T>) -> (T, Frame) {
        let (site, _, _) = with_labels.inside();
        let labels = Frame(site, with_labels.labels());
        (with_labels.into_inner(), labels)
    }

    fn beside<U>(&self, inner: U) -> Labelled<U> {
        Labelled { labels: self.labels.clone(), inner }
    }

    fn map<U>(self, work: impl FnOnce(T) -> U) -> Labelled<U> {
        let inner = self.labels.run(|| work(self.inner));
        Labelled { labels: self.labels, inner }
    }
}

impl<I: ParallelIterator> ParallelIterator for WithLabels<I> {
    type Item = I::Item;

    fn drive_unindexed<C: UnindexedConsumer<I::Item>>(self, consumer: C) -> C::Result {
        let (iterator, labels) = Labelled::split(self);
        iterator.drive_unindexed(Labelled { labels, inner: consumer })
    }

    /// By it a `collect` finds the place of each item, as without labels.
    fn opt_len(&self) -> Option<usize> {
        self.get_ref().opt_len()
    }
}

impl<T, C: Consumer<T>> Consumer<T> for Labelled<C> {
    type Folder = Labelled<C::Folder>;
    type Reducer = Labelled<C::Reducer>;
    type Result = C::Result;

    fn split_at(self, index: usize) -> (Self, Self, Self::Reducer) {
        let labels = self.labels;
        let (left, right, reducer) = self.inner.split_at(index);
        let left = Labelled { labels: labels.clone(), inner: left };
        let right = Labelled { labels: labels.clone(), inner: right };
        (left, right, Labelled { labels, inner: reducer })
    }

    fn into_folder(self) -> Self::Folder {
        self.map(C::into_folder)
    }

    fn full(&self) -> bool {
        self.inner.full()
    }
}

impl<T, C: UnindexedConsumer<T>> UnindexedConsumer<T> for Labelled<C> {
    fn split_off_left(&self) -> Self {
        self.beside(self.inner.split_off_left())
    }

    fn to_reducer(&self) -> Self::Reducer {
        self.beside(self.inner.to_reducer())
    }
}

impl<T, F: Folder<T>> Folder<T> for Labelled<F> {
    type Result = F::Result;

    fn consume(self, item: T) -> Self {
        self.map(|folder| folder.consume(item))
    }

    fn consume_iter<I: IntoIterator<Item = T>>(self, items: I) -> Self {
        self.map(|folder| folder.consume_iter(items))
    }

    fn complete(self) -> F::Result {
        self.map(F::complete).inner
    }

    fn full(&self) -> bool {
        self.inner.full()
    }
}

impl<R, Inner: Reducer<R>> Reducer<R> for Labelled<Inner> {
    fn reduce(self, left: R, right: R) -> R {
        self.map(|reducer| reducer.reduce(left, right)).inner
    }
}
