//! How long and how many labels may be, and the count of what did not fit.

use std::sync::atomic::{AtomicU64, Ordering};

/// Longest value in bytes; longer ones are cut at a char boundary.
pub const MAX_VALUE: usize = 64;

/// Longest key and longest unit of a [`Labels`](crate::labels::Labels) in bytes; longer ones are cut at a char boundary.
pub const MAX_KEY: usize = 64;

/// Most labels that are shown at one place, and that a [`Labels`](crate::labels::Labels) holds.
///
/// Of the chain of scopes the outermost keys are left out, of a set those that were added last.
pub const MOST_KEYS: usize = 32;

static TRUNCATED: AtomicU64 = AtomicU64::new(0);

/// How many labels are not whole since the program started: texts cut to [`MAX_VALUE`] or [`MAX_KEY`] bytes, numbers
/// outside of `i64` clamped to its ends, and labels beyond [`MOST_KEYS`] left out of a [`Labels`](crate::labels::Labels).
///
/// Counted where the label is made, once: when a scope is entered, a future created, a set built. Reading the labels
/// (a profiler's signal does so at every sample) counts nothing, so the number does not depend on who looks.
///
/// ```
/// use hooks_runtime::labels::{Labels, truncated};
///
/// let before = truncated();
/// let labels = Labels::none().with("route", "x".repeat(65));
/// assert_eq!(labels.get("route").unwrap().as_str(), Some("x".repeat(64).as_str()));
/// assert_eq!(truncated() - before, 1);
/// ```
pub fn truncated() -> u64 {
    TRUNCATED.load(Ordering::Relaxed)
}

/// Notes that `labels` of them are not whole.
#[inline]
pub(crate) fn count_truncated(labels: u32) {
    TRUNCATED.fetch_add(labels.into(), Ordering::Relaxed);
}

/// The longest head of `text` that is allowed; counts when that is not all of it.
#[inline]
pub(crate) fn cut(text: &str) -> &str {
    if text.len() <= MAX_VALUE { text } else { cut_at(text, MAX_VALUE) }
}

/// As [`cut`], for a key or a unit.
pub(crate) fn cut_key(key: &str) -> &str {
    if key.len() <= MAX_KEY { key } else { cut_at(key, MAX_KEY) }
}

#[cold]
fn cut_at(text: &str, most: usize) -> &str {
    count_truncated(1);
    head(text, most)
}

/// The longest head of `text` that has at most `most` bytes and ends between two chars.
pub(crate) fn head(text: &str, most: usize) -> &str {
    let end = text.len().min(most);
    (0..=end).rev().find_map(|end| text.get(..end)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn a_head_ends_between_two_chars() {
        for (text, most, expected) in
            [("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("😀", 3, ""), ("", 0, ""), ("é", 9, "é")]
        {
            assert_eq!(head(text, most), expected, "{text} in {most}");
        }
    }
}
