//! Sorting by a key.

use std::cmp::Ordering;

/// The items in the order of their keys; those with equal keys stay as they were.
///
/// What is sorted is their places: a sort is 7,000 lines to the compiler, for each type that it is made for.
pub(crate) fn sorted_by_key<T: Copy, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let places = sorted(items.len(), &|one, other| key(&items[one]).cmp(&key(&items[other])));
    let mut sorted = Vec::with_capacity(items.len());
    for place in places {
        sorted.push(items[place]);
    }
    sorted
}

/// The numbers below `count` in their `order`.
fn sorted(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|one, other| order(*one, *other));
    places
}
