//! Things that come one by one and stay where they are, for others to borrow.

use std::sync::OnceLock;

/// A list that grows at its end while its elements are borrowed.
pub(crate) struct Kept<T>(OnceLock<Box<Node<T>>>);

struct Node<T> {
    value: T,
    rest: Kept<T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

/// One after the other: a list of thousands would need as many frames.
impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut node) = next {
            next = node.rest.0.take();
        }
    }
}

impl<T> Kept<T> {
    /// Keeps `value` for as long as this is there.
    pub(crate) fn keep(&self, value: T) -> &T {
        let mut node = Box::new(Node { value, rest: Self::default() });
        let mut end = self;
        loop {
            while let Some(next) = end.0.get() {
                end = &next.rest;
            }
            // Another thread may have been first.
            match end.0.set(node) {
                Ok(()) => break,
                Err(back) => node = back,
            }
        }
        let kept = end.0.get();
        &kept.unwrap_or_else(|| unreachable!("just set")).value
    }

    /// All that was kept.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::successors(self.0.get(), |node| node.rest.0.get()).map(|node| &node.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_stays_where_it_is() {
        let kept = Kept::default();
        let first = kept.keep("one".to_owned());
        let more: Vec<_> = (0..100).map(|number| kept.keep(number.to_string())).collect();
        assert_eq!((first.as_str(), more[99].as_str()), ("one", "99"));
        assert_eq!(kept.iter().count(), 101);
    }

    #[test]
    fn a_small_stack_suffices_to_drop_many() {
        let many = || {
            let kept = Kept::default();
            (0..2_000).for_each(|number| _ = kept.keep(number));
        };
        std::thread::Builder::new().stack_size(64 * 1024).spawn(many).unwrap().join().unwrap();
    }
}
