//! Nothing is allocated on the way into a scope, out of it, in a poll, or by a reader.

use hooks_runtime::labels::{Labeled, Labels, observe};
use hooks_runtime::tasks::observe as observe_tasks;
use hooks_runtime::{labeled, labels};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u32> = const { Cell::new(0) };
    /// How many of them are not freed; of what another thread frees this one knows nothing.
    static HELD: Cell<i64> = const { Cell::new(0) };
}

// SAFETY: `System`'s own, and a counter that neither allocates nor has a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        HELD.set(HELD.get() + 1);
        // SAFETY: by the caller's contract, which is ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - 1);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(work: impl FnOnce()) -> u32 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

fn visit() -> u32 {
    let mut labels = 0;
    let left_out = observe::visit(&mut |key, value| {
        black_box((key, value));
        labels += 1;
    });
    assert_eq!(left_out, 0);
    labels
}

#[labeled(text, copied, size, shown = %size, debug = ?text, flag = true, none, c = 'c')]
fn every_form(text: &str, copied: String, size: u64, none: Option<u8>) -> u32 {
    black_box((copied, none));
    visit()
}

#[labeled(text, copied)]
async fn polled(text: &str, copied: String) -> u32 {
    let mut polls = 0;
    poll_fn(|_| {
        polls += visit();
        if polls >= 200 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    drop(copied);
    polls
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(Box::new(1)))), 1);
}

#[test]
fn a_sync_scope_allocates_nothing() {
    let (long, copied) = ("x".repeat(1000), "y".repeat(1000));
    assert_eq!(allocations(|| assert_eq!(every_form(&long, copied, 7, None), 7)), 0);
}

#[test]
fn the_first_scope_of_a_thread_allocates_nothing() {
    let work = || allocations(|| assert_eq!(labels! {}.scope(visit), 0));
    Labels::none();
    assert_eq!(std::thread::spawn(work).join().unwrap(), 0);
}

#[test]
fn a_set_scope_allocates_nothing() {
    let labels = labels! { "a" => 1, "b" => "two" };
    assert_eq!(allocations(|| assert_eq!(labels.scope(visit), 2)), 0);
    assert_eq!(allocations(|| assert_eq!(labels.replace(visit), 2)), 0);
}

#[test]
fn polls_and_drop_allocate_nothing() {
    let labels = labels! { "set" => 1, "other" => "two" };
    let (text, copied) = ("x".repeat(1000), "y".repeat(1000));
    let count = allocations(|| {
        let mut future = pin!(polled(&text, copied).labeled(labels));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..49 {
            assert!(future.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(future.poll(&mut context), Poll::Ready(200));
    });
    assert_eq!(count, 0);
}

#[test]
fn a_cancelled_future_allocates_nothing() {
    let (text, copied) = ("x".repeat(1000), "y".repeat(1000));
    let count = allocations(|| {
        let mut future = pin!(Some(polled(&text, copied)));
        let polled = future.as_mut().as_pin_mut().unwrap().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        future.set(None);
    });
    assert_eq!(count, 0);
}

/// Polls a future with labels of its own once, and drops it.
fn wait(number: u32) {
    let labels = labels! { "request" => number, "route" => "/pay" }.scope(Labels::current);
    let mut future = pin!(std::future::pending::<()>().labeled_instead(labels));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn sets_that_nobody_holds_are_freed() {
    (0..10).for_each(wait);
    let before = HELD.get();
    (10..1000).for_each(wait);
    assert_eq!(HELD.get(), before);
}

#[test]
fn the_sets_of_watched_futures_are_freed_when_no_dump_reads_them() {
    assert!(observe_tasks::start(10));
    (0..10).for_each(wait);
    let before = HELD.get();
    (10..1000).for_each(wait);
    assert_eq!(HELD.get(), before);

    // A dump that goes on reads what has ended meanwhile.
    let labels = labels! { "request" => 7, "route" => "/pay" }.scope(Labels::current);
    let mut future = Box::pin(std::future::pending::<()>().labeled_instead(labels));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let dump: Vec<_> = (1..observe_tasks::end()).filter_map(observe_tasks::read).collect();
    drop(future);
    (0..100).for_each(wait);
    let mut seen = Vec::new();
    for waiting in &dump {
        waiting.labels(&mut |key, value| seen.push(format!("{key}={value}")));
    }
    assert_eq!(seen, ["request=7", "route=/pay"]);
    drop((dump, seen));
    observe_tasks::tick();
    assert_eq!(HELD.get(), before);
}
