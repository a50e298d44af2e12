//! `#[exit_scope]` and `exit_task`: a thread or task ends from any depth with its destructors, and its root returns.

use hooks_runtime::exit::{self, FaultKind, TaskScope, exit_task, innermost_scope};
use hooks_runtime::{cleanup, exit_scope};
use std::cell::Cell;
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

/// Counts how often it is dropped.
#[derive(Clone, Default)]
struct Dropped(Arc<AtomicU32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Dropped {
    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    payload.downcast::<String>().map_or_else(|_| "(no text)".to_owned(), |text| *text)
}

#[exit_scope]
fn root(depth: u32, guard: Dropped) -> Result<u32, String> {
    descend(depth, &guard);
    drop(guard);
    Ok(depth)
}

fn descend(depth: u32, guard: &Dropped) {
    let _mine = guard.clone();
    match depth {
        0 => {}
        1 => exit_task(Err::<u32, _>("ended".to_owned())),
        _ => descend(depth - 1, guard),
    }
}

#[test]
fn destructors_run_and_the_thread_returns_the_value_without_a_message() {
    static MESSAGES: AtomicU32 = AtomicU32::new(0);
    set_hook(Box::new(|_| {
        MESSAGES.fetch_add(1, Ordering::Relaxed);
    }));
    let guard = Dropped::default();
    let before = exit::counters().tasks_exited;
    for (depth, expected, drops) in [(0, Ok(0), 2), (20, Err("ended".to_owned()), 21)] {
        let thread = thread::spawn({
            let guard = guard.clone();
            move || root(depth, guard)
        });
        assert_eq!(thread.join().unwrap(), expected);
        assert_eq!(guard.0.swap(0, Ordering::Relaxed), drops);
    }
    drop(take_hook());
    assert_eq!(MESSAGES.load(Ordering::Relaxed), 0);
    assert_eq!(exit::counters().tasks_exited, before + 1);
    assert!(innermost_scope().is_none());
}

#[test]
fn a_panic_passes_through_as_it_is() {
    #[exit_scope]
    fn panics() -> u32 {
        resume_unwind(Box::new("payload".to_owned()))
    }
    assert_eq!(message(thread::spawn(panics).join().unwrap_err()), "payload");
    assert!(innermost_scope().is_none());
}

#[test]
fn the_value_need_not_be_send() {
    #[exit_scope]
    fn not_send() -> Rc<str> {
        exit_task(Rc::<str>::from("here"))
    }
    assert_eq!(&*not_send(), "here");
}

#[test]
fn the_innermost_scope_ends() {
    #[exit_scope]
    fn inner() -> u32 {
        exit_task(1_u32)
    }
    #[exit_scope]
    fn outer() -> u32 {
        assert!(innermost_scope().unwrap().function().ends_with("outer"));
        let inner = inner();
        exit_task(inner + 10)
    }
    assert_eq!(outer(), 11);
}

#[test]
fn outside_of_every_scope_it_panics_and_says_so() {
    #[exit_scope]
    fn spawns() -> bool {
        thread::spawn(|| exit_task(true)).join().is_err()
    }
    let caught = catch_unwind(|| exit_task(5)).unwrap_err();
    assert!(message(caught).starts_with("`exit_task` was called outside of every `#[exit_scope]`"));
    assert!(spawns(), "a thread has no scope but its own");
}

#[test]
fn another_type_than_the_scopes_is_a_panic_that_names_both() {
    #[exit_scope]
    fn wants_a_number() -> u32 {
        exit_task("text")
    }
    let caught = message(catch_unwind(wants_a_number).unwrap_err());
    assert!(
        caught.contains("was given a `&str`, but exit_scope() main::exit_scope::wants_a_number"),
        "{caught}"
    );
    assert!(caught.ends_with("returns a `u32`"), "{caught}");
}

#[test]
fn while_unwinding_it_would_abort_and_so_it_is_said() {
    struct ExitsWhenDropped;
    impl Drop for ExitsWhenDropped {
        fn drop(&mut self) {
            let refused = catch_unwind(|| exit_task(1_u32)).unwrap_err();
            assert!(message(refused).contains("while the thread is unwinding already"));
        }
    }
    #[exit_scope]
    fn unwinds() -> u32 {
        let _exits = ExitsWhenDropped;
        exit_task(2_u32)
    }
    assert_eq!(unwinds(), 2);
}

// What stands in between.

#[test]
fn a_catch_unwind_in_between_stops_it_and_that_is_reported() {
    #[exit_scope]
    fn caught() -> u32 {
        catch_unwind(|| exit_task(1_u32)).unwrap_err();
        2
    }
    let faults: Arc<Mutex<Vec<_>>> = Arc::default();
    let seen = Arc::clone(&faults);
    exit::on_fault(move |fault| seen.lock().unwrap().push(fault.clone()));
    let before = exit::counters();
    assert_eq!(caught(), 2);
    let after = exit::counters();
    assert_eq!((after.exits_caught, after.tasks_exited), (before.exits_caught + 1, before.tasks_exited));
    let faults = faults.lock().unwrap();
    assert!(faults.len() == 1 && faults[0].kind == FaultKind::ExitCaught, "{faults:?}");
    assert!(faults[0].to_string().contains("exit_scope::caught "), "{}", faults[0]);
}

#[test]
fn one_that_goes_on_only_delays_it() {
    #[exit_scope]
    fn resumed() -> u32 {
        let payload = catch_unwind(|| exit_task(1_u32)).unwrap_err();
        resume_unwind(payload)
    }
    assert_eq!(resumed(), 1);
}

#[test]
fn a_second_exit_takes_the_place_of_one_that_was_caught() {
    #[exit_scope]
    fn twice() -> u32 {
        catch_unwind(|| exit_task(1_u32)).unwrap_err();
        exit_task(2_u32)
    }
    assert_eq!(twice(), 2);
}

#[test]
fn a_panic_after_one_that_was_caught_is_a_panic() {
    #[exit_scope]
    fn panics_later() -> u32 {
        catch_unwind(|| exit_task(1_u32)).unwrap_err();
        resume_unwind(Box::new("later".to_owned()))
    }
    assert_eq!(message(catch_unwind(panics_later).unwrap_err()), "later");
}

#[test]
fn cleanups_run_and_a_locked_mutex_is_poisoned() {
    static RUN: AtomicU32 = AtomicU32::new(0);
    static LOCK: Mutex<()> = Mutex::new(());
    fn run() {
        RUN.fetch_add(1, Ordering::Relaxed);
    }
    #[cleanup(run(), on = "error")]
    fn body() -> Option<u32> {
        let _locked = LOCK.lock();
        exit_task(1_u32)
    }
    #[exit_scope]
    fn scope() -> u32 {
        body().unwrap_or(0)
    }
    assert_eq!((scope(), RUN.load(Ordering::Relaxed), LOCK.is_poisoned()), (1, 1, true));
}

// The token.

#[test]
fn the_token_exits_its_own_scope_and_no_other() {
    #[exit_scope(token = task)]
    fn outer(ends_inside: bool) -> u32 {
        #[exit_scope]
        fn inner(task: &TaskScope<u32>) -> u32 {
            task.exit(1)
        }
        if ends_inside {
            let (sender, receiver) = std::sync::mpsc::channel();
            thread::scope(|scope| {
                let elsewhere = scope.spawn(|| task.exit(1));
                sender.send(message(elsewhere.join().unwrap_err())).unwrap();
            });
            assert!(receiver.recv().unwrap().contains("outside of every"));
            task.exit(7);
        }
        let mine = hooks_runtime::__private::exit_token();
        let refused = message(catch_unwind(AssertUnwindSafe(|| inner(&mine))).unwrap_err());
        assert!(refused.contains("not the token's own: it is exit_scope() main::exit_scope::"), "{refused}");
        3
    }
    assert_eq!((outer(true), outer(false)), (7, 3));
}

// Futures.

#[exit_scope]
async fn task(exits: bool, guard: Dropped) -> &'static str {
    let _mine = guard.clone();
    tokio::task::yield_now().await;
    inside(exits, &guard).await;
    "returned"
}

async fn inside(exits: bool, guard: &Dropped) {
    let _mine = guard.clone();
    tokio::task::yield_now().await;
    if exits {
        exit_task("exited");
    }
}

#[test]
fn tokios_join_handle_gets_the_value_and_no_panic() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let guard = Dropped::default();
    for (exits, expected) in [(false, "returned"), (true, "exited")] {
        let handle = runtime.spawn(task(exits, guard.clone()));
        assert_eq!(runtime.block_on(handle).unwrap(), expected);
        assert_eq!(guard.0.swap(0, Ordering::Relaxed), 3);
    }
    let blocking = runtime.spawn_blocking(|| root(5, Dropped::default()));
    assert_eq!(runtime.block_on(blocking).unwrap(), Err("ended".to_owned()));
}

#[test]
fn a_task_spawned_inside_has_no_scope_of_its_own() {
    #[exit_scope]
    async fn spawns() -> bool {
        tokio::spawn(async { exit_task(true) }).await.is_err_and(|error| error.is_panic())
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(runtime.block_on(spawns()));
}

#[test]
fn polls_of_several_scopes_on_one_thread_do_not_mix() {
    #[exit_scope]
    async fn ends(at: u32) -> u32 {
        for round in 0..10 {
            tokio::task::yield_now().await;
            if round == at {
                exit_task(round);
            }
        }
        99
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let all = async { tokio::join!(ends(3), ends(1), ends(50), ends(9)) };
    assert_eq!(runtime.block_on(all), (3, 1, 99, 9));
    assert!(innermost_scope().is_none());
}

#[test]
fn what_is_left_of_the_future_goes_before_the_value_is_seen() {
    #[exit_scope(future)]
    fn by_hand(guard: Dropped) -> impl Future<Output = u32> {
        poll_fn(move |_| {
            let _kept = &guard;
            exit_task(4_u32)
        })
    }
    let guard = Dropped::default();
    let mut future = Box::pin(by_hand(guard.clone()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(4));
    assert_eq!(guard.count(), 1, "the future is still there, what it held is not");
}

#[test]
fn a_future_that_is_dropped_is_in_no_scope() {
    struct Looks(Arc<Mutex<Option<bool>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = Some(innermost_scope().is_some());
        }
    }
    #[exit_scope]
    async fn waits(_looks: Looks) -> u32 {
        std::future::pending().await
    }
    let seen: Arc<Mutex<Option<bool>>> = Arc::default();
    let mut future = Box::pin(waits(Looks(Arc::clone(&seen))));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(future);
    assert_eq!(*seen.lock().unwrap(), Some(false));
}

#[test]
fn a_token_is_good_for_the_whole_future() {
    #[exit_scope(token = task)]
    async fn with_token(number: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        if number > 5 {
            task.exit(Err(format!("{number} is too much")));
        }
        Ok(number)
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let run = |number| runtime.block_on(runtime.spawn(with_token(number))).unwrap();
    assert_eq!((run(5), run(6)), (Ok(5), Err("6 is too much".to_owned())));
}

// Shapes.

struct Worker {
    name: String,
    rounds: Cell<u32>,
}

trait Run {
    fn run(&self, stop: bool) -> String;
}

impl Worker {
    #[exit_scope]
    fn method(&mut self, stop: bool) -> String {
        self.name.push('!');
        if stop {
            exit_task(self.name.clone());
        }
        "on".to_owned()
    }

    #[exit_scope]
    async fn later(&self, stop: bool) -> u32 {
        ready(()).await;
        if stop {
            exit_task(self.rounds.get());
        }
        0
    }
}

impl Run for Worker {
    #[exit_scope]
    fn run(&self, stop: bool) -> String {
        if stop { exit_task(self.name.clone()) } else { String::new() }
    }
}

#[exit_scope]
fn generic<T: 'static, const N: usize>(values: [T; N], at: usize) -> Option<T> {
    let value = values.into_iter().nth(at)?;
    exit_task(Some(value))
}

#[exit_scope]
extern "C" fn for_c(argument: *mut u32) -> u32 {
    exit_task(u32::from(argument.is_null()))
}

#[exit_scope]
fn with_impl(stop: bool) -> impl Iterator<Item = u32> {
    if stop {
        return vec![1].into_iter();
    }
    vec![1, 2].into_iter()
}

#[exit_scope]
unsafe fn unit(seen: &Cell<u32>) {
    seen.set(1);
    exit_task(());
}

#[test]
fn every_shape_of_fn() {
    let mut worker = Worker { name: "w".to_owned(), rounds: Cell::new(6) };
    assert_eq!((worker.method(false), worker.method(true)), ("on".to_owned(), "w!!".to_owned()));
    assert_eq!((worker.run(false), worker.run(true)), (String::new(), "w!!".to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!((runtime.block_on(worker.later(false)), runtime.block_on(worker.later(true))), (0, 6));
    assert_eq!((generic(["a", "b"], 1), generic(["a", "b"], 2)), (Some("b"), None));
    assert_eq!(for_c(std::ptr::null_mut()), 1);
    assert_eq!((with_impl(true).count(), with_impl(false).count()), (1, 2));
    let seen = Cell::new(0);
    // SAFETY: it has no demands.
    unsafe { unit(&seen) };
    assert_eq!(seen.get(), 1);
}
