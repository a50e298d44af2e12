//! `#[lock_os_thread(thread = "name")]`: one thread for all fns of that name, in order.

use crate::support::{child, thread_state};
use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::LockedThread;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use thread_state::{block, is_blocked, thread_id};

thread_local! {
    static CONTEXT: Cell<u32> = const { Cell::new(0) };
}

#[lock_os_thread(thread = "gl", reason = "the context is a thread-local")]
fn make_current(context: u32) -> i32 {
    CONTEXT.set(context);
    thread_id()
}

#[lock_os_thread(thread = "gl", token = thread, reason = "a test")]
fn draw<'a>(names: &'a mut Vec<String>, suffix: &str) -> &'a str {
    assert!(thread.site().function().ends_with("draw"));
    names.push(format!("{}{suffix}", CONTEXT.get()));
    names.last().unwrap()
}

#[lock_os_thread(thread = "gl", reason = "a test")]
async fn draw_later(mut name: String) -> (String, i32) {
    name += &CONTEXT.get().to_string();
    (name, thread_id())
}

#[test]
fn sync_and_async_fns_share_the_thread_and_its_state() {
    let id = make_current(7);
    assert_ne!(id, thread_id());
    assert_eq!(CONTEXT.get(), 0);
    let mut names = Vec::new();
    assert_eq!(draw(&mut names, "x"), "7x");
    let shared = futures::executor::block_on(draw_later("a".to_owned()));
    assert_eq!(shared, ("a7".to_owned(), id));
    let other =
        std::thread::spawn(|| futures::executor::block_on(draw_later("b".to_owned()))).join().unwrap();
    assert_eq!(other, ("b7".to_owned(), id));
    assert!(LockedThread::current().is_none());
}

#[test]
fn the_thread_has_the_name_and_another_name_is_another_thread() {
    #[lock_os_thread(thread = "first", reason = "a test")]
    fn first() -> (i32, String) {
        (thread_id(), thread_state::name())
    }
    #[lock_os_thread(thread = "second", reason = "a test")]
    fn second() -> (i32, String) {
        (thread_id(), thread_state::name())
    }
    let ((first, first_name), (second, second_name)) = (first(), second());
    assert_ne!(first, second);
    assert_eq!((first_name.as_str(), second_name.as_str()), ("first", "second"));
}

/// Sets how much memory the process may ask for from now on, and returns what it was.
fn limit_memory(limit: libc::rlim_t) -> libc::rlim_t {
    let mut limits = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both point to one `rlimit`, which the first writes and the second reads.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_AS, &raw mut limits), 0);
        let before = std::mem::replace(&mut limits.rlim_cur, limit);
        assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &raw const limits), 0);
        before
    }
}

#[test]
fn where_no_thread_can_be_started_the_call_says_so_and_the_next_tries_again() {
    if child::is_child() {
        // Not enough for a stack.
        let before = limit_memory(0);
        let refused = catch_unwind(|| make_current(1));
        limit_memory(before);
        child::say(refused.unwrap_err().downcast_ref::<String>().unwrap());
        assert_ne!(make_current(2), thread_id());
        return;
    }
    // A sanitizer has memory of its own to ask for.
    if ["ASAN_OPTIONS", "TSAN_OPTIONS"].iter().any(|options| std::env::var_os(options).is_some()) {
        return;
    }
    let ended = child::run(
        "os_thread::named::where_no_thread_can_be_started_the_call_says_so_and_the_next_tries_again",
    );
    let said = ended.said().concat();
    assert!(said.contains("its thread could not be started: "), "{said} {}", ended.errors);
    assert_eq!(ended.code, Some(0), "{}", ended.errors);
}

#[test]
fn one_body_at_a_time_over_its_awaits_too() {
    static LOG: Mutex<Vec<(u32, &str)>> = Mutex::new(Vec::new());
    #[lock_os_thread(thread = "order", reason = "a test")]
    async fn step(number: u32) {
        LOG.lock().unwrap().push((number, "begins"));
        let (sender, receiver) = futures::channel::oneshot::channel();
        std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(2));
            sender.send(()).unwrap();
        });
        receiver.await.unwrap();
        LOG.lock().unwrap().push((number, "ends"));
    }
    futures::executor::block_on(futures::future::join_all((0..4).map(step)));
    let expected: Vec<_> = (0..4).flat_map(|number| [(number, "begins"), (number, "ends")]).collect();
    assert_eq!(*LOG.lock().unwrap(), expected);
}

#[test]
fn calls_on_the_thread_itself_run_in_place() {
    #[lock_os_thread(thread = "nested", reason = "a test")]
    fn outside() -> [i32; 3] {
        [thread_id(), inside(), futures::executor::block_on(later())]
    }
    #[lock_os_thread(thread = "nested", reason = "a test")]
    fn inside() -> i32 {
        thread_id()
    }
    #[lock_os_thread(thread = "nested", reason = "a test")]
    async fn later() -> i32 {
        own().await
    }
    #[lock_os_thread(reason = "a test")]
    async fn own() -> i32 {
        thread_id()
    }
    let ids = outside();
    assert_eq!(ids, [ids[0]; 3]);
    assert_eq!(futures::executor::block_on(later()), ids[0]);
}

mod circle {
    use super::*;

    #[lock_os_thread(thread = "one", reason = "a test")]
    pub(super) fn one<R: Send>(inside: impl FnOnce() -> R + Send) -> R {
        inside()
    }

    #[lock_os_thread(thread = "two", reason = "a test")]
    pub(super) fn two<R: Send>(inside: impl FnOnce() -> R + Send) -> R {
        inside()
    }

    #[lock_os_thread(thread = "three", reason = "a test")]
    pub(super) fn three<R: Send>(inside: impl FnOnce() -> R + Send) -> R {
        inside()
    }

    /// The text of its panic.
    pub(super) fn panic_of(call: impl FnOnce()) -> Option<String> {
        let payload = catch_unwind(AssertUnwindSafe(call)).err()?;
        Some(*payload.downcast::<String>().unwrap())
    }
}

/// The tests of threads that wait for each other have the same threads, and call them in different orders. Each runs on a
/// thread of its own, and is given up if that hangs.
fn in_time(test: fn()) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (end, ends) = channel();
    std::thread::spawn(move || {
        test();
        end.send(()).unwrap();
    });
    thread_state::received(&ends);
}

#[test]
fn a_call_back_to_a_thread_that_waits_for_it_is_told_and_does_not_hang() {
    in_time(|| {
        use circle::{one, panic_of, three, two};
        let two_threads = panic_of(|| one(|| two(|| one(|| ())))).unwrap();
        assert!(two_threads.starts_with("lock_os_thread(thread=one)"), "{two_threads}");
        let circle = "these threads would wait for each other for ever: \"two\" -> \"one\" -> \"two\"";
        assert!(two_threads.ends_with(circle), "{two_threads}");
        let three_threads = panic_of(|| one(|| two(|| three(|| one(|| ()))))).unwrap();
        assert!(three_threads.ends_with("\"three\" -> \"one\" -> \"two\" -> \"three\""), "{three_threads}");
        assert_eq!(one(|| panic_of(|| two(|| one(|| ())))), Some(two_threads), "it can be caught on the way");
        assert_eq!(one(|| two(|| three(|| 5))), 5);
    });
}

#[test]
fn of_two_threads_that_begin_to_wait_for_each_other_one_is_told_and_the_other_goes_on() {
    in_time(|| {
        use circle::{one, panic_of, two};
        for _ in 0..20 {
            let meet = std::sync::Barrier::new(2);
            let meets = |call: &(dyn Fn() + Sync)| {
                meet.wait();
                panic_of(call).is_some()
            };
            let told = std::thread::scope(|scope| {
                let first = scope.spawn(|| one(|| meets(&|| two(|| ()))));
                let second = scope.spawn(|| two(|| meets(&|| one(|| ()))));
                [first.join().unwrap(), second.join().unwrap()]
            });
            assert_ne!(told[0], told[1]);
        }
    });
}

#[test]
fn threads_that_wait_for_each_other_one_after_the_other_are_not_taken_for_a_circle() {
    in_time(|| {
        use circle::{one, three, two};
        for _ in 0..100 {
            one(|| two(|| ()));
            two(|| three(|| three(|| ())));
            three(|| one(|| ()));
            two(|| one(|| ()));
        }
        // Each thread is called by many and calls the next: none of these waits leads back.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).for_each(|_| one(|| two(|| three(|| ())))));
                scope.spawn(|| (0..100).for_each(|_| two(|| three(|| ()))));
            }
        });
    });
}

#[test]
fn a_panic_comes_back_and_the_thread_goes_on() {
    #[lock_os_thread(thread = "panics", reason = "a test")]
    fn fails(how: Option<u32>) -> u32 {
        how.expect("on purpose")
    }
    let payload = catch_unwind(|| fails(None)).unwrap_err();
    assert_eq!(
        *payload
            .downcast::<&str>()
            .map_or_else(|other| *other.downcast::<String>().unwrap(), |s| s.to_string()),
        *"on purpose"
    );
    assert_eq!(fails(Some(1)), 1);
}

#[test]
fn what_is_declared_is_put_back_there() {
    #[lock_os_thread(thread = "restores", restore(signal_mask), reason = "a test")]
    fn changes() {
        block(libc::SIGUSR1);
    }
    #[lock_os_thread(thread = "restores", reason = "a test")]
    fn state() -> bool {
        is_blocked(libc::SIGUSR1)
    }
    #[lock_os_thread(thread = "restores", reason = "a test")]
    fn keeps() {
        block(libc::SIGUSR1);
    }
    changes();
    assert!(!state());
    thread_state::collect_leaks();
    keeps();
    assert!(state(), "the fns share it");
    assert_eq!(thread_state::reports("keeps"), []);
}

#[test]
fn arguments_drop_on_the_thread_and_early_ways_out_work() {
    struct Dropped<'a>(&'a Mutex<Vec<i32>>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(thread_id());
        }
    }
    #[lock_os_thread(thread = "drops", reason = "a test")]
    fn parse(_kept: Dropped<'_>, text: &str) -> Result<i32, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(thread_id());
        }
        let number: i32 = text.parse()?;
        Ok(number)
    }
    let drops = Mutex::new(Vec::new());
    let id = parse(Dropped(&drops), "").unwrap();
    assert!(parse(Dropped(&drops), "x").is_err());
    assert_eq!(parse(Dropped(&drops), "5"), Ok(5));
    assert_eq!(*drops.lock().unwrap(), [id; 3]);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a destructor panics");
    }
}

#[test]
fn a_value_that_nobody_waits_for_and_panics_when_dropped_leaves_the_thread_to_the_others() {
    #[lock_os_thread(thread = "bombs", reason = "a test")]
    async fn bomb(begun: Sender<()>, go_on: Receiver<()>) -> Bomb {
        begun.send(()).unwrap();
        go_on.recv().unwrap();
        Bomb
    }
    #[lock_os_thread(thread = "bombs", reason = "a test")]
    fn later() -> u32 {
        7
    }
    let (begun, has_begun) = channel();
    let (go, go_on) = channel();
    {
        let mut call = std::pin::pin!(bomb(begun, go_on));
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        has_begun.recv().unwrap();
    }
    go.send(()).unwrap();
    assert_eq!(later(), 7);
}

#[test]
fn a_waker_that_panics_leaves_the_thread_to_the_others() {
    struct Loud(Sender<()>);
    impl Wake for Loud {
        fn wake(self: Arc<Self>) {
            self.0.send(()).unwrap();
            panic!("a waker panics");
        }
    }
    fn is_woken(mut call: Pin<Box<dyn Future<Output = ()>>>, go: &Sender<()>) {
        let (loud, is_woken) = channel();
        let waker = Waker::from(Arc::new(Loud(loud)));
        assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        go.send(()).unwrap();
        is_woken.recv().unwrap();
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }
    #[lock_os_thread(thread = "wakers", reason = "a test")]
    async fn named(go_on: Receiver<()>) {
        go_on.recv().unwrap();
    }
    #[lock_os_thread(reason = "a test")]
    async fn dedicated(go_on: Receiver<()>) {
        go_on.recv().unwrap();
    }
    for _ in 0..2 {
        let (go, go_on) = channel();
        is_woken(Box::pin(named(go_on)), &go);
        let (go, go_on) = channel();
        is_woken(Box::pin(dedicated(go_on)), &go);
    }
}

#[test]
fn many_callers_at_a_time() {
    #[lock_os_thread(thread = "many", reason = "a test")]
    fn add(sum: &Mutex<u64>, number: u64) {
        *sum.lock().unwrap() += number;
        CONTEXT.set(CONTEXT.get() + 1);
    }
    #[lock_os_thread(thread = "many", reason = "a test")]
    fn calls() -> u32 {
        CONTEXT.get()
    }
    let sum = Mutex::new(0);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let sum = &sum;
            scope.spawn(move || (0..50).for_each(|_| add(sum, number)));
        }
    });
    assert_eq!((*sum.lock().unwrap(), calls()), (50 * 28, 400));
}

#[test]
fn a_waiting_call_that_is_cancelled_never_runs() {
    static RAN: Mutex<bool> = Mutex::new(false);
    #[lock_os_thread(thread = "cancels", reason = "a test")]
    async fn never() {
        *RAN.lock().unwrap() = true;
    }
    #[lock_os_thread(thread = "cancels", reason = "a test")]
    fn hold(until: &std::sync::Barrier) {
        until.wait();
        until.wait();
    }
    #[lock_os_thread(thread = "cancels", reason = "a test")]
    fn last() {}
    let barrier = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        scope.spawn(|| hold(&barrier));
        barrier.wait();
        let mut future = Box::pin(never());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        drop(future);
        barrier.wait();
    });
    last();
    assert!(!*RAN.lock().unwrap());
}
