use super::*;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::task::Wake;

#[derive(Default)]
struct Executor(AtomicUsize);

impl Executor {
    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn state(wakes: &Wakes) -> u64 {
    // SAFETY: owned.
    wakes.0.map_or(0, |node| unsafe { node.as_ref() }.state.load(Ordering::Relaxed))
}

fn is_leaked(wakes: &Wakes) -> bool {
    state(wakes) & LEAKED != 0
}

/// One poll that keeps so many clones.
fn poll(wakes: &mut Wakes, executor: &Arc<Executor>, clones: usize) -> Vec<Waker> {
    let lent = wakes.lend(1, false, &Waker::from(executor.clone()));
    let kept = std::iter::repeat_n(&*lent.waker, clones).cloned().collect();
    wakes.pending();
    kept
}

#[test]
fn the_executors_waker_is_held_for_as_long_as_one_of_ours() {
    let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
    let kept = poll(&mut wakes, &executor, 2);
    assert_eq!((Arc::strong_count(&executor), state(&wakes) & HOLDERS), (2, 2));
    drop(kept);
    assert_eq!(Arc::strong_count(&executor), 1);
    assert!(is_leaked(&wakes));
    drop(poll(&mut wakes, &executor, 1));
    assert!(!is_leaked(&wakes), "polled by somebody who needs no waker: not told again");
    drop(wakes);
    assert_eq!(Arc::strong_count(&executor), 1);
}

#[test]
fn every_wake_is_forwarded_and_none_makes_a_leak() {
    let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
    for kept in poll(&mut wakes, &executor, 2) {
        kept.wake_by_ref();
        kept.wake();
    }
    assert_eq!(executor.woken(), 4);
    assert!(!is_leaked(&wakes), "woken");
    let kept = poll(&mut wakes, &executor, 1);
    wakes.end(false);
    kept[0].wake_by_ref();
    drop(kept);
    assert_eq!((executor.woken(), Arc::strong_count(&executor)), (5, 1), "also after the end");
}

#[test]
fn a_task_that_was_woken_has_the_executors_waker_for_its_next_poll() {
    let (executor, other, mut wakes) =
        (Arc::new(Executor::default()), Arc::new(Executor::default()), Wakes::NONE);
    for poller in [&executor, &executor, &other] {
        poll(&mut wakes, poller, 1).remove(0).wake();
        assert_eq!(Arc::strong_count(poller), 2);
    }
    assert_eq!((executor.woken(), other.woken(), Arc::strong_count(&executor)), (2, 1, 1));
    drop(poll(&mut wakes, &other, 0));
    assert_eq!(Arc::strong_count(&other), 1, "polled, and not woken again");
    poll(&mut wakes, &other, 1).remove(0).wake();
    drop(wakes);
    assert_eq!(Arc::strong_count(&other), 1);
}

#[test]
fn a_wake_during_the_poll_counts_for_the_next_one() {
    let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
    wakes.lend(1, false, &Waker::from(executor.clone())).waker.wake_by_ref();
    wakes.pending();
    assert!(!is_leaked(&wakes));
    drop(poll(&mut wakes, &executor, 1));
    assert!(is_leaked(&wakes), "and no longer");
}

#[test]
fn wakers_are_equal_as_long_as_the_executors_are() {
    let (executor, other, mut wakes) =
        (Arc::new(Executor::default()), Arc::new(Executor::default()), Wakes::NONE);
    let first = poll(&mut wakes, &executor, 1);
    let second = poll(&mut wakes, &executor, 1);
    assert!(first[0].will_wake(&second[0]));
    let third = poll(&mut wakes, &other, 1);
    assert!(!first[0].will_wake(&third[0]));
    drop((second, third));
    assert!(!is_leaked(&wakes), "the first executor has one");
    first[0].wake_by_ref();
    assert_eq!((executor.woken(), other.woken()), (1, 0));
    drop(first);
    assert!(!is_leaked(&wakes), "which this node does not know");
    // With nothing left of it, another executor's is taken without more.
    wakes.lend(1, false, &Waker::from(executor.clone())).waker.wake_by_ref();
    wakes.end(true);
    assert_eq!(executor.woken(), 2);
    assert_eq!((Arc::strong_count(&executor), Arc::strong_count(&other)), (1, 1));
}

#[test]
fn what_was_polled_without_it_may_be_woken_without_it() {
    let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
    let _lent = wakes.lend(1, true, &Waker::from(executor.clone()));
    wakes.pending();
    assert!(!is_leaked(&wakes));
    poll(&mut wakes, &executor, 1).remove(0).wake();
    drop(poll(&mut wakes, &executor, 1));
    assert!(is_leaked(&wakes), "it takes what it is given");
}

#[test]
fn an_executors_waker_that_panics_is_given_up_all_the_same() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("as asked");
        }
    }
    let (executor, mut wakes) = (Arc::new(Panics), Wakes::NONE);
    let kept = (*wakes.lend(1, false, &Waker::from(executor.clone())).waker).clone();
    wakes.pending();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kept.wake())).is_err());
    assert!(!is_leaked(&wakes));
    drop(wakes);
    assert_eq!(Arc::strong_count(&executor), 1);
}
