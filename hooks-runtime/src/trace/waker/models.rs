//! All orders in which wakers go while others come and are used, and the task is polled or ends.

use super::*;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use std::sync::Arc;
use std::task::Wake;

/// An executor that has heard of so many wakes.
#[derive(Default)]
struct Executor(AtomicUsize);

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(3));
    model.check(run);
}

fn state(wakes: &Wakes) -> u64 {
    // SAFETY: owned.
    wakes.0.map_or(0, |node| unsafe { node.as_ref() }.state.load(Ordering::SeqCst))
}

/// A poll that keeps so many clones.
fn poll<const N: usize>(wakes: &mut Wakes, executor: &Arc<Executor>) -> [Waker; N] {
    let lent = wakes.lend(1, false, &Waker::from(executor.clone()));
    let kept = std::array::from_fn(|_| (*lent.waker).clone());
    wakes.pending();
    kept
}

/// The last two wakers go, on two threads, while the task is polled again and asks for none.
#[test]
fn loom_the_last_holder_gives_up_the_executors_waker() {
    model(|| {
        let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
        let [first, second] = poll(&mut wakes, &executor);
        let threads = [first, second].map(|waker| thread::spawn(move || drop(waker)));
        let [] = poll(&mut wakes, &executor);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(state(&wakes) & HOLDERS, 0);
        assert_ne!(state(&wakes) & (LEAKED | UNSURE), 0, "told, or taken back");
        assert_eq!(Arc::strong_count(&executor), 1);
        drop(wakes);
    });
}

/// The executor polls when it has heard of a wake, and has to once more for each that it hears of after it has made up its mind.
#[test]
fn loom_who_is_going_to_be_polled_is_not_leaked() {
    model(|| {
        let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
        let threads = poll::<2>(&mut wakes, &executor).map(|waker| thread::spawn(move || waker.wake()));
        while executor.0.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let heard = executor.0.load(Ordering::SeqCst);
        let [] = poll(&mut wakes, &executor);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        if executor.0.load(Ordering::SeqCst) > heard {
            assert_eq!(state(&wakes) & LEAKED, 0);
        }
        drop(wakes);
        assert_eq!(Arc::strong_count(&executor), 1);
    });
}

/// The task ends while its wakers go or are used: all of it is given up once.
#[test]
fn loom_a_task_ends_while_it_is_woken() {
    model(|| {
        let (executor, mut wakes) = (Arc::new(Executor::default()), Wakes::NONE);
        let [first, second] = poll(&mut wakes, &executor);
        let other = second.clone();
        let threads = [thread::spawn(move || first.wake()), thread::spawn(move || drop(second))];
        drop(wakes);
        other.wake_by_ref();
        drop(other);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!((executor.0.load(Ordering::SeqCst), Arc::strong_count(&executor)), (2, 1));
    });
}
