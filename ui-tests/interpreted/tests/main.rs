//! Annotated code in Miri, which has neither assembly nor sections of the linker: each attribute that it can run, on plain
//! fns, and the future under them, which is pinned by hand.

use hooks_runtime::exit::{exit_task, run_flushers};
use hooks_runtime::fault::{self, GuardedMap};
use hooks_runtime::labels::Labels;
use hooks_runtime::os_thread::{LockedThread, locked};
use hooks_runtime::tasks::observe::{self, Waiting};
use hooks_runtime::tasks::watched;
use hooks_runtime::trace::observe::{Area, Clock, Kept, Kind, Pair, Parts, Records, Start};
use hooks_runtime::{at_exit, cleanup, exit_scope, keep_alive, labeled, lock_os_thread, panic_on_fault};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

#[labeled(route, size)]
fn within(route: &str, size: u64, inner: impl FnOnce() -> String) -> String {
    inner()
}

fn in_force() -> String {
    Labels::current().to_string()
}

#[test]
fn frames_are_linked_on_the_stack_and_taken_out_in_order() {
    let nested = || within("inner", 2, in_force);
    assert_eq!(within("outer", 1, nested), "route=inner,size=2");
    let panics = || -> String { panic!("as asked") };
    assert!(catch_unwind(AssertUnwindSafe(|| within("left", 1, panics))).is_err());
    assert_eq!(in_force(), "");
}

#[test]
fn threads_have_chains_of_their_own() {
    let other = within("here", 1, || std::thread::spawn(in_force).join().unwrap());
    assert_eq!(other, "");
}

#[cleanup(note(log))]
fn cleaned(log: &Mutex<Vec<u8>>, ends: bool) -> Option<u8> {
    log.lock().unwrap().push(1);
    ends.then_some(2)?;
    Some(3)
}

fn note(log: &Mutex<Vec<u8>>) {
    log.lock().unwrap().push(4);
}

#[test]
fn a_cleanup_runs_on_every_way_out() {
    let log = Mutex::default();
    assert_eq!((cleaned(&log, true), cleaned(&log, false)), (Some(3), None));
    assert_eq!(log.into_inner().unwrap(), [1, 4, 1, 4]);
}

#[keep_alive(bytes)]
fn kept(bytes: Vec<u8>) -> u8 {
    let first = bytes.as_ptr();
    // SAFETY: `bytes` is there until the fn is left, and has an element.
    unsafe { *first }
}

#[test]
fn an_argument_that_is_kept_alive_may_be_read_by_its_address() {
    assert_eq!(kept(vec![7]), 7);
}

#[exit_scope]
fn root(depth: u32) -> u32 {
    deeper(depth)
}

fn deeper(depth: u32) -> u32 {
    if depth == 0 { exit_task(5_u32) } else { deeper(depth - 1) + 1 }
}

#[test]
fn a_thread_ends_from_its_depth_with_the_value_of_its_root() {
    assert_eq!(std::thread::spawn(|| root(3)).join().unwrap(), 5);
}

/// Pending once, and then what is in force.
#[derive(Default)]
struct Waits {
    polled: bool,
    _pinned: std::marker::PhantomPinned,
}

impl Future for Waits {
    type Output = String;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<String> {
        // SAFETY: nothing is moved out.
        let this = unsafe { self.get_unchecked_mut() };
        if std::mem::replace(&mut this.polled, true) { Poll::Ready(in_force()) } else { Poll::Pending }
    }
}

#[labeled(route)]
#[cleanup(note(log))]
async fn waits(route: &str, log: &Mutex<Vec<u8>>) -> String {
    log.lock().unwrap().push(1);
    Waits::default().await
}

fn poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_future_is_covered_in_its_polls_and_its_drop_and_nowhere_else() {
    let log = Mutex::default();
    let mut ends = Box::pin(waits("a", &log));
    let mut left = Box::pin(waits("b", &log));
    assert_eq!((poll(&mut ends), poll(&mut left)), (Poll::Pending, Poll::Pending));
    assert_eq!(in_force(), "");
    assert_eq!(poll(&mut ends), Poll::Ready("route=a".to_owned()));
    drop(left);
    drop(ends);
    assert_eq!((in_force(), log.into_inner().unwrap()), (String::new(), vec![1, 1, 4, 4]));
}

#[lock_os_thread(token = thread, restore(name), reason = "what is below wants it")]
fn locks() -> Option<&'static str> {
    assert_eq!(locked().len(), 1);
    thread.site().reason()
}

/// Async fns are not called: the thread that starts theirs outlives the program, which Miri takes for a leak.
#[test]
fn a_thread_is_locked_while_the_fn_runs() {
    assert_eq!(locks(), Some("what is below wants it"));
    assert!(LockedThread::current().is_none() && locked().is_empty());
}

static FLUSHED: AtomicU32 = AtomicU32::new(0);

#[at_exit(order = 2)]
fn flush() -> Result<(), String> {
    FLUSHED.fetch_add(1, Ordering::Relaxed);
    Err("full".to_owned())
}

#[test]
fn flushers_run_once_and_are_reported() {
    let told = |_| run_flushers(None).faults().map(|fault| fault.to_string()).collect::<Vec<_>>();
    let [first, again] = [0, 1].map(told);
    assert!(first.len() == 1 && first[0].contains("full"), "{first:?}");
    assert_eq!((first, FLUSHED.load(Ordering::Relaxed)), (again, 1));
}

#[panic_on_fault(map)]
fn sum(map: &GuardedMap) -> u32 {
    (0..3).map(|at| map.get::<u32>(at * 4).expect("a panic of its own")).sum()
}

#[panic_on_fault(map)]
async fn sum_later(map: &GuardedMap) -> u32 {
    Waits::default().await;
    sum(map)
}

#[test]
fn what_is_outside_of_a_map_is_a_panic() {
    let (whole, short) = (GuardedMap::map_anon(12).unwrap(), GuardedMap::map_anon(8).unwrap());
    whole.set(4, 5_u32).unwrap();
    assert_eq!(sum(&whole), 5);
    assert_eq!(fault::catch(|| sum(&short)).unwrap_err().offset, 8);
    let mut future = Box::pin(sum_later(&short));
    assert_eq!(poll(&mut future), Poll::Pending);
    assert_eq!(fault::catch(AssertUnwindSafe(|| poll(&mut future))).unwrap_err().offset, 8);
}

fn labels_of(waiting: &Waiting) -> Vec<String> {
    let mut labels = Vec::new();
    waiting.labels(&mut |key, value| labels.push(format!("{key}={value}")));
    labels
}

#[labeled(route)]
async fn waits_within(route: &str) {
    watched(Waits::default()).await;
}

#[test]
fn futures_that_wait_are_listed_until_they_are_dropped() {
    assert!(observe::start(100));
    let mut future = Box::pin(waits_within("listed"));
    assert_eq!(poll(&mut future), Poll::Pending);
    let listed = || {
        let all: Vec<_> = (1..observe::end()).filter_map(observe::read).collect();
        let outer = all.iter().find(|waiting| labels_of(waiting) == ["route=listed"])?;
        let is_inner = |it: &&Waiting| it.parent() == Some((outer.number(), outer.generation()));
        all.iter().find(is_inner)?.location()
    };
    assert_eq!(listed().map(|place| place.file()), Some(file!()));
    drop(future);
    assert!(listed().is_none());
}

struct Counts(AtomicU32);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Records from now on.
fn recorded() -> Area {
    let parts = Parts { chunks: 4, slots: 4, sites: 256 };
    let words: Vec<AtomicU64> = (0..parts.words()).map(|_| AtomicU64::new(0)).collect();
    let time = Pair { ticks: Clock::Monotonic.now(), monotonic: Clock::Monotonic.now() };
    let start = Start { clock: Clock::Monotonic, process: 1, time, unix: 0 };
    let kept = Kept::new(Area::format(words.leak(), parts, &start).unwrap()).unwrap();
    assert!(kept.start());
    *kept.area()
}

#[test]
fn a_recorded_task_is_woken_from_other_threads_and_knows_when_nobody_can() {
    let area = recorded();
    let executor = Arc::new(Counts(AtomicU32::new(0)));
    let kept = Mutex::new(Vec::new());
    let keeps = std::future::poll_fn(|context| {
        kept.lock().unwrap().extend([context.waker().clone(), context.waker().clone()]);
        Poll::<()>::Pending
    });
    let mut future = Box::pin(hooks_runtime::trace::task("keeps", keeps));
    let waker = Waker::from(executor.clone());
    for _ in 0..2 {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let wakers = std::mem::take(&mut *kept.lock().unwrap());
        std::thread::scope(|scope| {
            for (number, waker) in wakers.into_iter().enumerate() {
                scope.spawn(move || if number == 0 { waker.wake() } else { drop(waker) });
            }
        });
    }
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    kept.lock().unwrap().clear();
    drop(future);
    hooks_runtime::trace::observe::stop();
    assert_eq!((executor.0.load(Ordering::Relaxed), area.leaked(), area.dropped()), (2, 1, 0));
    drop(waker);
    assert_eq!(Arc::strong_count(&executor), 1);
    let mut words = Vec::new();
    let _ = (0..area.count()).filter_map(|chunk| area.read(chunk, 0, &mut words)).count();
    assert_eq!(Records::new(&words).filter(|record| record.kind == Kind::Woken).count(), 2);
}
