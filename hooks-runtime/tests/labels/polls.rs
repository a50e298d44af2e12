//! Labels of futures: in force while polled or dropped, and nowhere else.

use futures::stream::{FuturesUnordered, StreamExt};
use hooks_runtime::labels::{Labeled, Labels};
use hooks_runtime::{labeled, labels};
use std::future::{Future, pending, poll_fn};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

fn current() -> String {
    Labels::current().to_string()
}

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Pending once.
async fn pause() {
    let mut polled = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

type Log = Mutex<Vec<String>>;

struct Witness<'a>(&'static str, &'a Log);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(format!("{} {}", self.0, current()));
    }
}

#[labeled(route, step = "outer")]
async fn three_awaits(route: &str, log: &Log, argument: Witness<'_>) {
    let _argument = argument;
    let _first = Witness("first", log);
    pause().await;
    let _second = Witness("second", log);
    one_await(log).await;
    let _third = Witness("third", log);
    pause().await;
}

#[labeled(step = String::from("inner"))]
async fn one_await(log: &Log) {
    let _inner = Witness("inner", log);
    pause().await;
}

/// What is dropped when `three_awaits` is cancelled after so many polls, in order.
const DROPPED: [&[&str]; 5] = [
    &["argument outer"],
    &["first outer", "argument outer"],
    &["inner inner", "second outer", "first outer", "argument outer"],
    &["inner inner", "third outer", "second outer", "first outer", "argument outer"],
    &["inner inner", "third outer", "second outer", "first outer", "argument outer"],
];

#[test]
fn cancelled_at_every_await_point_each_local_drops_under_its_labels() {
    for (polls, dropped) in DROPPED.iter().enumerate() {
        let log = Log::default();
        let mut future = Box::pin(three_awaits("/x", &log, Witness("argument", &log)));
        for _ in 0..polls {
            let _ = poll(future.as_mut());
            assert_eq!(current(), "", "between polls");
        }
        labels! { "worker" => 1 }.scope(|| {
            drop(future);
            assert_eq!(current(), "worker=1");
        });
        let log = log.into_inner().unwrap();
        // What ended inside a poll did not run on the labelled worker.
        let whole: Vec<_> = log.iter().map(|line| line.replace(",worker=1", "")).collect();
        let expected: Vec<_> = dropped
            .iter()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(name, step)| format!("{name} route=/x,step={step}"))
            .collect();
        assert_eq!(whole, expected, "after {polls} polls");
        let cancelled = polls < 4;
        assert_eq!(log.last().unwrap().contains("worker=1"), cancelled, "after {polls} polls");
    }
}

#[test]
fn between_polls_the_thread_has_its_own_labels() {
    #[labeled(route)]
    async fn handle(route: &str) -> String {
        pause().await;
        current()
    }
    let mut future = pin!(handle("/x"));
    labels! { "worker" => "a" }.scope(|| {
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(current(), "worker=a");
    });
    assert_eq!(current(), "");
    let seen = labels! { "worker" => "b" }.scope(|| poll(future.as_mut()));
    assert_eq!(seen, Poll::Ready("route=/x,worker=b".to_owned()));
}

#[test]
fn a_future_takes_its_labels_from_thread_to_thread() {
    #[labeled(route, owned)]
    async fn handle(route: &'static str, owned: String) -> Vec<String> {
        drop(owned);
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(current());
            pause().await;
        }
        seen
    }
    let mut future = Box::pin(handle("/x", "o".into()));
    let mut last = Poll::Pending;
    for worker in 0..4 {
        let polled = std::thread::spawn(move || {
            let polled = labels! { "worker" => worker }.scope(|| poll(future.as_mut()));
            assert_eq!(current(), "");
            (future, polled)
        });
        (future, last) = polled.join().unwrap();
    }
    let expected: Vec<_> = (0..3).map(|worker| format!("owned=o,route=/x,worker={worker}")).collect();
    assert_eq!(last, Poll::Ready(expected));
}

#[test]
fn after_a_panic_in_poll_the_worker_has_its_own_labels() {
    #[labeled(route)]
    async fn handle(route: &str, log: &Log) {
        let _witness = Witness("unwound", log);
        pause().await;
        panic!("in poll");
    }
    let log = Log::default();
    labels! { "worker" => 1 }.scope(|| {
        let mut future = Box::pin(handle("/x", &log));
        assert!(poll(future.as_mut()).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))).is_err());
        assert_eq!(current(), "worker=1");
        let again = catch_unwind(AssertUnwindSafe(|| poll(future.as_mut())));
        assert!(again.is_err(), "polled after a panic");
        assert_eq!(current(), "worker=1");
        drop(future);
        assert_eq!(current(), "worker=1");
    });
    assert_eq!(log.into_inner().unwrap(), ["unwound route=/x,worker=1"]);
}

#[test]
fn a_panic_while_a_future_drops_restores_the_labels() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert_eq!(current(), "route=/x,worker=1");
            panic!("while dropped");
        }
    }
    #[labeled(route)]
    async fn handle(route: &str) {
        let _bomb = Bomb;
        pending::<()>().await;
    }
    labels! { "worker" => 1 }.scope(|| {
        let mut future = Box::pin(handle("/x"));
        assert!(poll(future.as_mut()).is_pending());
        let panic = catch_unwind(AssertUnwindSafe(|| drop(future))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"while dropped"));
        assert_eq!(current(), "worker=1");
    });
}

#[test]
fn a_forgotten_future_leaves_nothing_behind() {
    #[labeled(route)]
    async fn handle(route: String) {
        drop(route);
        pending::<()>().await;
    }
    let mut forgotten = ManuallyDrop::new(Box::pin(handle("/x".into())));
    assert!(poll(forgotten.as_mut()).is_pending());
    assert_eq!(current(), "");
    assert_eq!(labels! { "next" => 1 }.scope(current), "next=1");
    // Only for those who look for leaks.
    drop(ManuallyDrop::into_inner(forgotten));
}

#[test]
fn a_finished_future_that_is_polled_again_panics_as_ever() {
    #[labeled(route)]
    async fn handle(route: &str) {}
    let mut future = pin!(handle("/x"));
    assert!(poll(future.as_mut()).is_ready());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()))).is_err());
    assert_eq!(current(), "");
}

#[labeled(inner = id)]
async fn inside_alone(id: u32) {
    assert_eq!(current(), format!("id={id},inner={id}"));
    pause().await;
    assert_eq!(current(), format!("id={id},inner={id}"));
}

/// Sees only `id` at each step, also after an inner scope.
#[labeled(id)]
async fn alone(id: u32, steps: u32) -> u32 {
    for _ in 0..steps {
        assert_eq!(current(), format!("id={id}"));
        inside_alone(id).await;
        assert_eq!(current(), format!("id={id}"));
    }
    id
}

#[tokio::test]
async fn joined_futures_see_only_their_own_labels() {
    let ids = tokio::join!(alone(1, 3), alone(2, 1), alone(3, 2));
    assert_eq!((ids, current()), ((1, 2, 3), String::new()));
}

#[tokio::test]
async fn selected_futures_see_only_their_own_labels() {
    let first = tokio::select! {
        id = alone(1, 9) => id,
        id = alone(2, 2) => id,
        id = alone(3, 9) => id,
    };
    assert_eq!((first, current()), (2, String::new()));
}

#[tokio::test]
async fn futures_of_one_set_see_only_their_own_labels() {
    let futures: FuturesUnordered<_> = (0..50).map(|id| alone(id, id % 7)).collect();
    let mut ids: Vec<u32> = futures.collect().await;
    ids.sort_unstable();
    assert!(ids.into_iter().eq(0..50));
    assert_eq!(current(), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_many_workers_see_only_their_own_labels() {
    let tasks: Vec<_> = (0..200).map(|id| tokio::spawn(alone(id, 20))).collect();
    for (id, task) in tasks.into_iter().enumerate() {
        assert_eq!(usize::try_from(task.await.unwrap()), Ok(id));
    }
    assert_eq!(current(), "");
}

#[test]
fn a_set_on_a_future_adds_or_replaces() {
    let inside = |future: Pin<&mut dyn Future<Output = String>>| {
        labels! { "worker" => 1 }.scope(|| match poll(future) {
            Poll::Ready(seen) => seen,
            Poll::Pending => unreachable!("has no await"),
        })
    };
    let labels = labels! { "job" => 7 };
    assert_eq!(inside(pin!(async { current() }.labeled(labels.clone()))), "job=7,worker=1");
    assert_eq!(inside(pin!(async { current() }.labeled_instead(labels))), "job=7");
}

#[test]
fn recursive_async_fns_show_the_innermost_call() {
    #[labeled(depth)]
    async fn descend(depth: u32) -> Vec<String> {
        pause().await;
        let mut seen = vec![current()];
        if depth > 0 {
            seen.extend(Box::pin(descend(depth - 1)).await);
        }
        seen.push(current());
        seen
    }
    let seen = futures::executor::block_on(descend(2));
    assert_eq!(seen, ["depth=2", "depth=1", "depth=0", "depth=0", "depth=1", "depth=2"]);
}
