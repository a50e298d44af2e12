//! Annotated code in Miri, which has neither assembly nor sections of the linker: each attribute that it can run, on plain
//! fns, and the future under them, which is pinned by hand.

use hooks_runtime::exit::exit_task;
use hooks_runtime::labels::Labels;
use hooks_runtime::{cleanup, exit_scope, keep_alive, labeled};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

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
