//! Sorting by a key.

use std::cmp::Ordering;

/// The items in the order of their keys; those with equal keys stay as they were.
///
/// What is sorted is their places: a sort takes a thousand lines to compile, for each type that it is made for.
pub(crate) fn sorted_by_key<T: Copy, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let mut places: Vec<usize> = (0..items.len()).collect();
    sort(&mut places, &|one, other| key(&items[one]).cmp(&key(&items[other])));
    places.into_iter().map(|place| items[place]).collect()
}

fn sort(places: &mut [usize], order: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|one, other| order(*one, *other));
}
