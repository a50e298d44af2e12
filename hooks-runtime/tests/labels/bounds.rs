//! What does not fit is cut at a char boundary, clamped or left out, and counted once: never lost in silence.

use hooks_runtime::labels::{Labels, MAX_KEY, MAX_VALUE, MOST_KEYS, observe, truncated};
use hooks_runtime::{labeled, labels};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The counter is the process's own, so the tests of this file take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `work` returns, and how much it added to [`truncated`].
fn counted<R>(work: impl FnOnce() -> R) -> (R, u64) {
    let before = truncated();
    let result = work();
    (result, truncated() - before)
}

#[labeled(value)]
fn borrowed<R>(value: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[labeled(value)]
fn copied<R>(value: String, work: impl FnOnce() -> R) -> R {
    drop(value);
    work()
}

#[labeled(value = %value)]
fn displayed<R>(value: &Joined<'_>, work: impl FnOnce() -> R) -> R {
    work()
}

struct Joined<'a>(&'a [&'a str]);

impl std::fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(part))
    }
}

fn value() -> String {
    Labels::current().get("value").unwrap().as_str().unwrap().to_owned()
}

#[test]
fn text_is_cut_between_two_chars_in_every_form() {
    let _turn = turn();
    let exact = "x".repeat(MAX_VALUE);
    let long = "x".repeat(MAX_VALUE + 1);
    // The last char would begin one byte before the bound.
    let wide = "x".repeat(MAX_VALUE - 1) + "é";
    for (text, expected, cuts) in [(&exact, MAX_VALUE, 0), (&long, MAX_VALUE, 1), (&wide, MAX_VALUE - 1, 1)] {
        let expected = &text[..expected];
        assert_eq!(counted(|| borrowed(text, value)), (expected.to_owned(), cuts), "borrowed");
        assert_eq!(counted(|| copied(text.clone(), value)), (expected.to_owned(), cuts), "copied");
        assert_eq!(counted(|| displayed(&Joined(&[text]), value)), (expected.to_owned(), cuts), "displayed");
        let set = || labels! { "value" => text }.scope(value);
        assert_eq!(counted(set), (expected.to_owned(), cuts), "in a set");
    }
}

#[test]
fn a_text_written_in_parts_is_cut_once_and_nothing_follows_the_cut() {
    let _turn = turn();
    let head = "x".repeat(MAX_VALUE - 1);
    let parts = [head.as_str(), "é", "y", "z"];
    assert_eq!(counted(|| displayed(&Joined(&parts), value)), (head.clone(), 1));
    let parts = [head.as_str(), "y", "", ""];
    assert_eq!(counted(|| displayed(&Joined(&parts), value)), (head.clone() + "y", 0));
}

#[test]
fn a_cut_is_counted_where_it_is_made_and_not_where_it_is_read() {
    let _turn = turn();
    let long = "x".repeat(1000);
    let read = || {
        for _ in 0..100 {
            observe::visit(&mut |_, _| {});
            value();
        }
    };
    assert_eq!(counted(|| borrowed(&long, read)).1, 1);
    assert_eq!(counted(|| copied(long.clone(), read)).1, 1);
}

#[test]
fn a_future_counts_its_cut_once_and_not_at_each_poll() {
    #[labeled(value)]
    async fn handle(value: &str) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    let _turn = turn();
    let long = "x".repeat(1000);
    let run = || futures::executor::block_on(handle(&long));
    assert_eq!(counted(run).1, 1);
}

#[test]
fn numbers_out_of_range_are_clamped_and_counted() {
    let _turn = turn();
    let number = |labels: Labels| labels.get("k").unwrap().as_number().unwrap();
    assert_eq!(counted(|| number(labels! { "k" => u64::MAX })), (i64::MAX, 1));
    assert_eq!(counted(|| number(labels! { "k" => u128::MAX })), (i64::MAX, 1));
    assert_eq!(counted(|| number(labels! { "k" => i128::MIN })), (i64::MIN, 1));
    assert_eq!(counted(|| number(labels! { "k" => i64::MAX.unsigned_abs() })), (i64::MAX, 0));
}

#[test]
fn keys_and_units_of_sets_are_cut() {
    let _turn = turn();
    let long = "k".repeat(MAX_KEY + 1);
    let (labels, cuts) = counted(|| Labels::none().with_unit(&long, 1, &long));
    let (key, value) = labels.iter().next().unwrap();
    assert_eq!((key.len(), value.to_string().len(), cuts), (MAX_KEY, 1 + MAX_KEY, 2));
}

#[test]
fn a_set_holds_so_many_labels_and_counts_the_rest() {
    let _turn = turn();
    let fill = || (0..MOST_KEYS + 3).fold(Labels::none(), |labels, key| labels.with(&format!("key{key}"), 1));
    let (labels, left_out) = counted(fill);
    assert_eq!((labels.len(), left_out), (MOST_KEYS, 3));
    assert!(labels.get(&format!("key{}", MOST_KEYS - 1)).is_some());
    assert!(labels.get(&format!("key{MOST_KEYS}")).is_none());
    assert_eq!(counted(|| labels.with("key0", 2).len()), (MOST_KEYS, 0));
}

#[test]
fn what_current_leaves_out_is_counted() {
    let _turn = turn();
    let full = (0..MOST_KEYS).fold(Labels::none(), |labels, key| labels.with(&format!("key{key}"), 1));
    let seen = || labels! { "more" => 1 }.scope(|| full.scope(|| Labels::current().get("more").is_some()));
    assert_eq!(counted(seen), (false, 1));
}
