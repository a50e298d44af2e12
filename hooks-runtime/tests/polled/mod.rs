//! What is true of a future under any attribute: it is dropped once and in place, before the attribute leaves it; it can be
//! sent from any depth; and dumps show it while it waits.

// What it is about is over once it compiles.
#[cfg(debug_assertions)]
mod depth;

use hooks_runtime::labels::{Labeled, Labels, WithLabels};
use hooks_runtime::tasks::{observe, watched};
use hooks_runtime::trace::task;
use hooks_runtime::{cleanup, exit_scope, labeled, lock_os_thread};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// What the last poll of a [`Body`] does.
#[derive(Clone, Copy)]
enum End {
    Ready,
    Panic,
}

/// A future that is pending once, and is not moved after that.
struct Body {
    log: Log,
    end: End,
    /// Its own address, once it was polled.
    place: usize,
    _pinned: std::marker::PhantomPinned,
}

impl Body {
    fn new(log: Log, end: End) -> Body {
        Body { log, end, place: 0, _pinned: std::marker::PhantomPinned }
    }
}

impl Future for Body {
    type Output = Result<u32, ()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        let place = (&raw const *this).addr();
        let polled_before = std::mem::replace(&mut this.place, place);
        if polled_before == 0 {
            return Poll::Pending;
        }
        assert_eq!(polled_before, place);
        match this.end {
            End::Ready => Poll::Ready(Ok(7)),
            End::Panic => panic!("as asked"),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        assert!(self.place == 0 || self.place == (&raw const *self).addr(), "dropped elsewhere");
        self.log.note("dropped");
    }
}

type Output = Result<u32, ()>;

#[labeled(kind = "text", future)]
fn under_labels(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[exit_scope(future)]
fn under_a_scope(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[expect(clippy::needless_pass_by_value, reason = "it is kept until the future is dropped")]
fn release(log: Log) {
    log.note("released");
}

#[cleanup(release(log.clone()), future)]
fn under_a_cleanup(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[cleanup(release(log.clone()), on = "failure", future)]
fn under_a_cleanup_on_failure(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[hooks_runtime::panic_on_fault(map, future)]
fn under_maps(map: hooks_runtime::fault::GuardedMap, log: Log, end: End) -> impl Future<Output = Output> {
    let body = Body::new(log, end);
    drop(map);
    body
}

#[hooks_runtime::region(kind = "body", future)]
fn under_a_region(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[hooks_runtime::region(slow = "20m", future)]
fn under_a_limit(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

#[hooks_runtime::task(future)]
fn under_a_task(log: Log, end: End) -> impl Future<Output = Output> {
    Body::new(log, end)
}

fn under_a_set(log: Log, end: End) -> WithLabels<Body> {
    Body::new(log, end).labeled(hooks_runtime::labels! { "set" => 1 })
}

/// How a future comes to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Unpolled,
    Cancelled,
    Complete,
    Unwound,
}

fn after<F: Future<Output = Output>>(make: &dyn Fn(Log, End) -> F, way: Way) -> Vec<&'static str> {
    let log = Log::default();
    let end = if way == Way::Unwound { End::Panic } else { End::Ready };
    let mut future = Box::pin(make(log.clone(), end));
    let mut poll = || future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if way != Way::Unpolled {
        assert!(poll().is_pending());
    }
    match way {
        Way::Unpolled | Way::Cancelled => {}
        Way::Complete => assert_eq!(poll(), Poll::Ready(Ok(7))),
        Way::Unwound => assert!(catch_unwind(AssertUnwindSafe(poll)).is_err()),
    }
    drop(future);
    log.take()
}

const WAYS: [Way; 4] = [Way::Unpolled, Way::Cancelled, Way::Complete, Way::Unwound];

fn check<F: Future<Output = Output>>(name: &str, make: &dyn Fn(Log, End) -> F, expected: [&[&str]; 4]) {
    for (way, expected) in WAYS.into_iter().zip(expected) {
        assert_eq!(after(make, way), expected, "{name}, {way:?}");
        assert!(Labels::current().is_empty(), "{name}, {way:?}");
    }
}

#[test]
fn a_future_is_dropped_once_in_place_and_before_its_attribute_is_through() {
    const DROPPED: &[&str] = &["dropped"];
    const BOTH: &[&str] = &["dropped", "released"];
    check("plain", &Body::new, [DROPPED; 4]);
    check("labeled", &under_labels, [DROPPED; 4]);
    check("labels as a set", &under_a_set, [DROPPED; 4]);
    check("watched", &|log, end| watched(Body::new(log, end)), [DROPPED; 4]);
    check("task", &|log, end| task("body", Body::new(log, end)), [DROPPED; 4]);
    check("region", &under_a_region, [DROPPED; 4]);
    check("region with a limit", &under_a_limit, [DROPPED; 4]);
    check("task as an attribute", &under_a_task, [DROPPED; 4]);
    check("exit_scope", &under_a_scope, [DROPPED; 4]);
    check("cleanup", &under_a_cleanup, [BOTH; 4]);
    check("cleanup on failure", &under_a_cleanup_on_failure, [BOTH, BOTH, DROPPED, BOTH]);
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    check("panic_on_fault", &|log, end| under_maps(map(), log, end), [DROPPED; 4]);
}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn map() -> hooks_runtime::fault::GuardedMap {
    hooks_runtime::fault::GuardedMap::map_anon(4096).unwrap()
}

#[test]
fn a_future_whose_cleanup_has_run_is_not_polled_again() {
    let log = Log::default();
    let mut future = pin!(under_a_cleanup(log.clone(), End::Ready));
    let mut poll = || future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_pending() && poll().is_ready());
    assert_eq!(log.take(), ["dropped", "released"], "at once, and not with the whole");
    let payload = catch_unwind(AssertUnwindSafe(poll)).unwrap_err();
    assert!(payload.downcast_ref::<&str>().is_some_and(|said| said.contains("polled again")));
    assert!(log.take().is_empty());
}

#[lock_os_thread(reason = "to be seen waiting")]
async fn on_its_thread() {
    std::future::pending::<()>().await;
}

/// The attributes of what waits while the future does.
fn shown<F: Future>(future: F) -> Vec<&'static str> {
    let mut future = pin!(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let waiting = (1..observe::end()).filter_map(observe::read);
    waiting.map(|waiting| waiting.site().map_or("", |site| site.attribute())).collect()
}

#[test]
fn dumps_show_a_future_under_any_attribute() {
    let log = Log::default;
    assert!(observe::start(100));
    assert!(shown(Body::new(log(), End::Ready)).is_empty());
    assert_eq!(shown(under_labels(log(), End::Ready)), ["labeled"]);
    assert_eq!(shown(under_a_set(log(), End::Ready)), [""]);
    assert_eq!(shown(watched(Body::new(log(), End::Ready))), [""]);
    assert_eq!(shown(task("body", Body::new(log(), End::Ready))), [""]);
    assert_eq!(shown(under_a_region(log(), End::Ready)), ["region"]);
    assert_eq!(shown(under_a_limit(log(), End::Ready)), ["region"]);
    assert_eq!(shown(under_a_task(log(), End::Ready)), ["task"]);
    assert_eq!(shown(under_a_scope(log(), End::Ready)), ["exit_scope"]);
    assert_eq!(shown(under_a_cleanup(log(), End::Ready)), ["cleanup"]);
    assert_eq!(shown(under_a_cleanup_on_failure(log(), End::Ready)), ["cleanup"]);
    assert_eq!(shown(on_its_thread()), ["lock_os_thread"]);
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    assert_eq!(shown(under_maps(map(), log(), End::Ready)), ["panic_on_fault"]);
    assert_eq!((1..observe::end()).filter_map(observe::read).count(), 0, "gone with the futures");
}

#[test]
fn dumps_forget_a_future_that_panicked() {
    assert!(observe::start(100));
    for name in ["labeled", "region", "task", "exit_scope", "cleanup"] {
        let log = Log::default();
        match name {
            "labeled" => drop(after(&under_labels, Way::Unwound)),
            "region" => drop(after(&under_a_region, Way::Unwound)),
            "task" => drop(after(&under_a_task, Way::Unwound)),
            "exit_scope" => drop(after(&under_a_scope, Way::Unwound)),
            _ => drop(after(&under_a_cleanup, Way::Unwound)),
        }
        assert_eq!((1..observe::end()).filter_map(observe::read).count(), 0, "{name}");
        drop(log);
    }
    assert_eq!(observe::left_out(), 0);
}
