//! The futures that wait, as an observer finds them.

mod deep;

use hooks_runtime::labels::{Labeled, Labels, truncated};
use hooks_runtime::tasks::observe::{self, Waiting};
use hooks_runtime::tasks::watched;
use hooks_runtime::{labeled, labels};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn all() -> Vec<Waiting> {
    (1..observe::end()).filter_map(observe::read).collect()
}

fn named<'a>(all: &'a [Waiting], function: &str) -> &'a Waiting {
    let is = |waiting: &&Waiting| waiting.site().is_some_and(|site| site.function().ends_with(function));
    let mut found = all.iter().filter(is);
    let first = found.next().unwrap_or_else(|| panic!("no {function} in {all:?}"));
    assert!(found.next().is_none(), "more than one {function} in {all:?}");
    first
}

fn labels_of(waiting: &Waiting) -> Vec<String> {
    let mut labels = Vec::new();
    waiting.labels(&mut |key, value| labels.push(format!("{key}={value}")));
    labels
}

#[labeled(route)]
async fn outer(route: &str) {
    middle(7).await;
}

#[labeled(shard)]
async fn middle(shard: u32) {
    plain().await;
}

async fn plain() {
    inner(None, "x".repeat(100)).await;
}

#[labeled(tenant, name)]
async fn inner(tenant: Option<&str>, name: String) {
    pending::<()>().await;
}

#[test]
fn a_pending_future_is_there_with_those_that_poll_it_until_it_is_dropped() {
    {
        let mut before = pin!(outer("/before"));
        assert!(poll(before.as_mut()).is_pending());
        assert!(all().is_empty() && observe::start(1000) && all().is_empty());
        assert!(!observe::start(1000), "there is one already");
        // Those that wait already are there once they are polled again.
        assert!(poll(before.as_mut()).is_pending());
        assert_eq!(all().len(), 3);
    }
    assert!(all().is_empty());

    let mut future = Box::pin(outer("/orders"));
    assert!(all().is_empty(), "not polled");
    assert!(poll(future.as_mut()).is_pending());
    let found = all();
    assert_eq!(found.len(), 3);
    let [outer, middle, inner] = ["::outer", "::middle", "::inner"].map(|name| named(&found, name));
    assert_eq!(outer.parent(), None);
    assert_eq!(middle.parent(), Some((outer.number(), outer.generation())));
    assert_eq!(inner.parent(), Some((middle.number(), middle.generation())));
    assert_eq!(labels_of(outer), ["route=/orders"]);
    assert_eq!(labels_of(middle), ["shard=7"]);
    assert_eq!(labels_of(inner), [format!("name={}", "x".repeat(64))]);
    assert_eq!(inner.waits(), Some(Duration::ZERO));

    (0..25).for_each(|_| observe::tick());
    let found = all();
    assert!(found.iter().all(|waiting| waiting.waits() == Some(Duration::from_millis(2500))));
    assert!(poll(future.as_mut()).is_pending());
    let found = all();
    assert!(found.iter().all(|waiting| waiting.waits() == Some(Duration::ZERO)), "it has run");
    assert!(found.iter().all(|waiting| waiting.age() == Duration::from_millis(2500)));

    drop(future);
    assert!(all().is_empty());
}

#[test]
fn a_future_that_is_never_pending_is_never_there() {
    #[labeled(route)]
    async fn quick(route: &str) -> u32 {
        assert!(all().is_empty());
        ready(1).await
    }
    assert!(observe::start(10));
    assert_eq!(poll(pin!(quick("/quick"))), Poll::Ready(1));
    assert!(observe::end() <= 1, "no entry was ever used");
}

#[test]
fn branches_have_one_parent_and_those_that_end_are_gone() {
    #[labeled(branch)]
    async fn branch(branch: u32, polls: u32) {
        let mut left = polls;
        poll_fn(|_| {
            left -= 1;
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    #[labeled(route = "/join")]
    async fn join() {
        futures::join!(branch(1, 2), branch(2, 3));
    }
    assert!(observe::start(10));
    let mut future = pin!(join());
    assert!(poll(future.as_mut()).is_pending());
    let found = all();
    let root = named(&found, "::join");
    let children: Vec<_> = found.iter().filter(|waiting| waiting.parent().is_some()).collect();
    assert_eq!((found.len(), children.len()), (3, 2));
    assert!(children.iter().all(|child| child.parent() == Some((root.number(), root.generation()))));
    assert!(poll(future.as_mut()).is_pending());
    let found = all();
    assert_eq!(found.len(), 2, "the first branch is done, and dropped: {found:?}");
    assert!(poll(future.as_mut()).is_ready());
    assert!(all().is_empty(), "it has ended, though it is not dropped yet");
}

/// Polled by one, then by another, then by nobody, as a future is that a deadline gave up on and somebody spawned.
#[test]
fn the_parent_is_the_future_that_polled_it_last() {
    #[labeled(route)]
    async fn polls<F: Future>(route: &str, mut inner: Pin<&mut F>) {
        poll_fn(|context| inner.as_mut().poll(context).map(drop)).await;
    }
    fn parent_of_leaf() -> Option<Vec<String>> {
        let found = all();
        let parent = named(&found, "::inner").parent()?;
        let outer = found.iter().find(|waiting| (waiting.number(), waiting.generation()) == parent);
        Some(labels_of(outer.expect("it waits too")))
    }
    assert!(observe::start(10));
    let mut leaf = pin!(inner(None, String::new()));
    assert!(poll(leaf.as_mut()).is_pending());
    assert_eq!(parent_of_leaf(), None);
    for route in ["/first", "/second"] {
        assert!(poll(pin!(polls(route, leaf.as_mut()))).is_pending());
        let mut adopted = pin!(polls(route, leaf.as_mut()));
        assert!(poll(adopted.as_mut()).is_pending());
        assert_eq!(parent_of_leaf(), Some(vec![format!("route={route}")]));
    }
    assert!(poll(leaf.as_mut()).is_pending());
    assert_eq!(parent_of_leaf(), None);
}

/// It is being polled while it looks.
#[test]
fn what_runs_does_not_wait() {
    #[labeled(route = "/run")]
    async fn looks() {
        let mut first = true;
        poll_fn(|_| {
            if std::mem::take(&mut first) {
                return Poll::Pending;
            }
            assert_eq!(named(&all(), "::looks").waits(), None);
            Poll::Ready(())
        })
        .await;
    }
    assert!(observe::start(10));
    let mut future = pin!(looks());
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!(named(&all(), "::looks").waits(), Some(Duration::ZERO));
    assert!(poll(future.as_mut()).is_ready());
}

#[test]
fn what_finds_no_room_is_counted_while_it_is_there() {
    assert!(observe::start(4));
    let mut futures: Vec<_> = (0..10).map(|_| Box::pin(outer("/full"))).collect();
    for _ in 0..3 {
        for future in &mut futures {
            assert!(poll(future.as_mut()).is_pending());
        }
        assert_eq!(
            (all().len(), observe::left_out()),
            (4, 26),
            "counted once, however often they are polled"
        );
    }
    futures.drain(..5);
    assert_eq!((all().len(), observe::left_out()), (0, 15));
    futures.push(Box::pin(outer("/room")));
    assert!(poll(futures[5].as_mut()).is_pending());
    assert_eq!((all().len(), observe::left_out()), (3, 15));
    futures.clear();
    assert_eq!((all().len(), observe::left_out()), (0, 0));
}

#[test]
fn sets_of_labels_and_lines_are_found_too() {
    assert!(observe::start(10));
    let labels = labels! { "route" => "/set", "size" => 3 };
    let mut set = pin!(pending::<()>().labeled(labels));
    let mut place = pin!(watched(pending::<()>()));
    let line = line!() - 1;
    let mut none = pin!(pending::<()>().labeled_instead(Labels::none()));
    assert!(poll(set.as_mut()).is_pending() && poll(place.as_mut()).is_pending());
    assert!(poll(none.as_mut()).is_pending());
    let found = all();
    let shown: Vec<_> = found
        .iter()
        .map(|waiting| (labels_of(waiting).join(","), waiting.location().map(Location::line)))
        .collect();
    assert_eq!(
        shown,
        [("route=/set,size=3".into(), None), (String::new(), Some(line)), (String::new(), None)]
    );
    assert!(found.iter().all(|waiting| waiting.site().is_none()));
}

#[test]
fn a_label_that_finds_no_room_is_marked_and_counted() {
    #[labeled(path, shard, tenant)]
    async fn handle(path: &str, shard: u64, tenant: &str) {
        pending::<()>().await;
    }
    observe::start(10);
    let path = "p".repeat(64);
    // What has been cut is no tenant that there might be.
    for (tenant, shown, cuts) in [("acmes", "acmes", 0), ("acme-corporation", "acme-cor…", 1)] {
        let before = truncated();
        let mut future = pin!(handle(&path, 1, tenant));
        assert!(poll(future.as_mut()).is_pending());
        let labels = labels_of(named(&all(), "handle"));
        assert_eq!((labels[0].len(), labels[1].as_str()), ("path=".len() + 64, "shard=1"));
        assert_eq!((labels[2].clone(), truncated() - before), (format!("tenant={shown}"), cuts));
    }
}

#[test]
fn labels_are_the_same_for_those_who_read_them_while_the_future_runs() {
    #[labeled(route)]
    async fn reads(route: &str) {
        let mut polls = 0;
        poll_fn(|_| {
            assert_eq!(Labels::current().to_string(), format!("route={}", "y".repeat(64)));
            polls += 1;
            if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
    assert!(observe::start(10));
    let long = "y".repeat(1000);
    let mut future = pin!(reads(&long));
    assert!(poll(future.as_mut()).is_pending());
    assert!(poll(future.as_mut()).is_pending());
    assert!(poll(future.as_mut()).is_ready());
}

#[test]
fn a_panic_in_a_poll_leaves_nothing_behind() {
    #[labeled(route = "/panics")]
    async fn panics() {
        let mut first = true;
        let child = inner(Some("t"), String::new());
        futures::future::select(
            pin!(child),
            poll_fn(|_| {
                assert!(std::mem::take(&mut first), "the second poll");
                Poll::<()>::Pending
            }),
        )
        .await;
    }
    assert!(observe::start(10));
    let mut future = Box::pin(panics());
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!(all().len(), 2);
    let second = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(future.as_mut())));
    assert!(second.is_err());
    drop(future);
    assert!(all().is_empty() && observe::left_out() == 0);
}

/// Tasks start, wait, move between threads and end, while a reader checks that what it reads belongs together.
#[test]
fn readers_and_tasks_do_not_get_in_each_others_way() {
    #[labeled(number, twice = number * 2)]
    async fn task(number: u64, polls: u32) {
        for _ in 0..polls {
            leaf(number).await;
        }
    }
    #[labeled(number)]
    async fn leaf(number: u64) {
        tokio::task::yield_now().await;
    }
    fn check(waiting: &Waiting) {
        let labels = labels_of(waiting);
        let number: u64 = labels[0].strip_prefix("number=").unwrap().parse().unwrap();
        match waiting.site().unwrap().function().rsplit("::").next() {
            Some("task") => assert_eq!(labels[1], format!("twice={}", number * 2)),
            Some("leaf") => assert_eq!(labels.len(), 1),
            other => panic!("{other:?}"),
        }
    }
    assert!(observe::start(3000));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let over = AtomicBool::new(false);
    let read = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let found = all();
                found.iter().for_each(check);
                read.fetch_add(found.len(), Ordering::Relaxed);
                observe::tick();
            }
        });
        runtime.block_on(async {
            // On a busy machine more, until the reader has met some.
            for round in 0..1000_u64 {
                if round >= 8 && read.load(Ordering::Relaxed) > 0 {
                    break;
                }
                let tasks: Vec<_> = (0..2000).map(|n| tokio::spawn(task(round * 10_000 + n, 5))).collect();
                for task in tasks {
                    task.await.unwrap();
                }
            }
        });
        over.store(true, Ordering::Relaxed);
    });
    assert!(read.load(Ordering::Relaxed) > 0);
    drop(runtime);
    assert_eq!((all().len(), observe::left_out()), (0, 0));
}

#[test]
fn a_destructor_that_panics_leaves_nothing_behind() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("of the destructor");
        }
    }
    #[labeled(route = "/drops")]
    async fn drops() {
        let _panics = Panics;
        pending::<()>().await;
    }
    assert!(observe::start(10));
    let mut future = Box::pin(drops());
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!(all().len(), 1);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(future))).is_err());
    assert!(all().is_empty() && Labels::current().is_empty());
}
