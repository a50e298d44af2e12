//! `#[lock_os_thread]` on async fns: a thread of their own, reused while it is clean.

use crate::support::forked::exit_status;
use crate::support::thread_state;
use hooks_runtime::os_thread::{self, Counters, LockedThread, Piece, Retired, counters};
use hooks_runtime::{labeled, lock_os_thread};
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use thread_state::{block, is_blocked, is_gone, is_soon, received, thread_id};

/// The counters and the cache are the process's.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    os_thread::keep_idle(8, Duration::from_secs(10));
    alone
}

fn block_on<F: Future>(future: F) -> F::Output {
    futures::executor::block_on(future)
}

fn retired(after: &Counters, before: &Counters, reason: Retired) -> u64 {
    after.retired_for(reason) - before.retired_for(reason)
}

#[lock_os_thread(reason = "a test")]
async fn where_am_i() -> i32 {
    thread_id()
}

#[test]
fn the_body_has_one_thread_over_every_await_and_may_hold_what_is_not_send() {
    #[lock_os_thread(token = thread, restore(name), reason = "a test")]
    async fn body(mut steps: u32, (left, _): (Rc2, u8)) -> (i32, u32) {
        let kept = Rc::new(Cell::new(0));
        let id = thread_id();
        while steps > 0 {
            futures::pending_once().await;
            assert_eq!(thread_id(), id);
            assert!(thread.site().function().ends_with("body"));
            kept.set(kept.get() + left.0);
            steps -= 1;
        }
        (id, kept.get())
    }
    struct Rc2(u32);
    mod futures {
        pub(crate) async fn pending_once() {
            let mut first = true;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut first) { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
        }
    }
    let _alone = alone();
    let (id, sum) = block_on(body(20, (Rc2(2), 0)));
    assert_ne!(id, thread_id());
    assert_eq!(sum, 40);
}

#[test]
fn a_clean_thread_is_reused_and_counted() {
    let _alone = alone();
    let first = block_on(where_am_i());
    block_on(where_am_i());
    let before = counters();
    for _ in 0..10 {
        assert_eq!(block_on(where_am_i()), first);
    }
    let after = counters();
    assert_eq!((after.created, after.reused), (before.created, before.reused + 10));
    assert_eq!(after.retired, before.retired);
}

#[test]
fn a_thread_that_was_changed_is_ended_and_never_reused() {
    #[lock_os_thread(reason = "a test")]
    async fn changes(how: fn()) -> i32 {
        how();
        thread_id()
    }
    let _alone = alone();
    let table: &[(Piece, fn())] = &[
        (Piece::SignalMask, || block(libc::SIGUSR1)),
        (Piece::Nice, || _ = thread_state::change_nice()),
        (Piece::TimerSlack, || thread_state::set_timer_slack(77_000)),
        (Piece::Locale, thread_state::set_locale),
        (Piece::FpEnv, thread_state::set_rounding),
        (Piece::Name, || thread_state::set_name(c"changed")),
        (Piece::NoNewPrivileges, thread_state::no_new_privileges),
        (Piece::FileSystem, thread_state::unshare_directories),
        // SAFETY: no memory is passed.
        (Piece::FileTable, || assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0)),
    ];
    let nice_can_change = thread_state::nice_can_change();
    for (piece, change) in table.iter().filter(|(piece, _)| *piece != Piece::Nice || nice_can_change) {
        let before = counters();
        let dirty = block_on(changes(*change));
        // Both are settled when the call returns.
        assert_eq!(retired(&counters(), &before, Retired::Changed(*piece)), 1, "{piece}");
        assert_ne!(block_on(where_am_i()), dirty, "{piece}");
        assert!(is_gone(dirty), "{piece}");
    }
}

#[test]
fn a_thread_in_another_namespace_is_ended() {
    #[lock_os_thread(reason = "a test")]
    async fn own_host_name() -> (i32, bool) {
        // SAFETY: no memory is passed.
        let moved = unsafe { libc::unshare(libc::CLONE_NEWUTS) } == 0;
        (thread_id(), moved)
    }
    let _alone = alone();
    let before = counters();
    let (id, moved) = block_on(own_host_name());
    // Only root may: without the privilege nothing has changed, and the thread stays.
    assert_eq!(block_on(where_am_i()) == id, !moved);
    if moved {
        assert!(is_gone(id));
    }
    assert_eq!(retired(&counters(), &before, Retired::Changed(Piece::Namespaces)), u64::from(moved));
}

#[test]
fn what_is_declared_is_put_back_and_the_thread_kept() {
    #[lock_os_thread(restore(signal_mask, name), cpu = cpu, reason = "a test")]
    async fn changes(cpu: usize) -> (i32, Vec<usize>) {
        block(libc::SIGUSR1);
        thread_state::set_name(c"changed");
        (thread_id(), thread_state::affinity())
    }
    #[lock_os_thread(reason = "a test")]
    async fn state() -> (i32, bool, Vec<usize>) {
        (thread_id(), is_blocked(libc::SIGUSR1), thread_state::affinity())
    }
    let _alone = alone();
    let cpus = thread_state::affinity();
    let (id, on) = block_on(changes(cpus[0]));
    assert_eq!(on, [cpus[0]]);
    assert_eq!(block_on(state()), (id, false, cpus));
}

#[test]
fn a_cpu_that_is_not_allowed_is_refused_where_it_is_awaited() {
    #[lock_os_thread(cpu = 1023, reason = "a test")]
    async fn nowhere() {}
    let _alone = alone();
    let message = *catch_unwind(|| block_on(nowhere())).unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("CPU 1023") && message.contains("allowed: "), "{message}");
}

#[test]
fn a_thread_can_be_retired_by_hand() {
    #[lock_os_thread(token = thread, reason = "a test")]
    async fn spoils() -> i32 {
        thread.retire();
        thread_id()
    }
    let _alone = alone();
    let before = counters();
    let spoilt = block_on(spoils());
    assert_eq!(retired(&counters(), &before, Retired::Asked), 1);
    assert_ne!(block_on(where_am_i()), spoilt);
}

/// What a library keeps for each thread is not seen: the next caller finds it, unless the thread is retired.
#[test]
fn what_a_library_keeps_for_the_thread_is_the_next_callers_too_unless_it_is_retired() {
    thread_local! {
        static SESSION: std::cell::RefCell<Option<&'static str>> = const { std::cell::RefCell::new(None) };
    }
    #[lock_os_thread(token = thread, reason = "a session per thread")]
    async fn log_in(user: &'static str, retires: bool) -> Option<&'static str> {
        if retires {
            thread.retire();
        }
        SESSION.replace(Some(user))
    }
    let _alone = alone();
    assert_eq!(block_on(log_in("first", false)), None);
    assert_eq!(block_on(log_in("second", true)), Some("first"));
    assert_eq!(block_on(log_in("third", true)), None);
}

#[test]
fn a_proof_that_is_kept_ends_the_thread() {
    #[lock_os_thread(reason = "a test")]
    async fn leaves_it_locked() {
        std::mem::forget(LockedThread::current());
    }
    let _alone = alone();
    let before = counters();
    block_on(leaves_it_locked());
    assert_eq!(retired(&counters(), &before, Retired::StillLocked), 1);
}

#[test]
fn a_panic_arrives_with_its_payload_and_ends_the_thread() {
    #[lock_os_thread(reason = "a test")]
    async fn panics(payload: Vec<u8>) -> u8 {
        std::panic::panic_any(payload)
    }
    let _alone = alone();
    let before = counters();
    let payload = catch_unwind(AssertUnwindSafe(|| block_on(panics(vec![1, 2, 3])))).unwrap_err();
    assert_eq!(*payload.downcast::<Vec<u8>>().unwrap(), [1, 2, 3]);
    assert_eq!(retired(&counters(), &before, Retired::Panicked), 1);
}

#[test]
fn nothing_happens_before_the_first_poll() {
    let _alone = alone();
    let before = counters();
    drop(where_am_i());
    assert_eq!(counters(), before);
}

/// Says on which thread it is dropped.
struct DropThread(mpsc::Sender<i32>);

impl Drop for DropThread {
    fn drop(&mut self) {
        self.0.send(thread_id()).unwrap();
    }
}

#[lock_os_thread(reason = "a test")]
async fn waits_for_ever(begun: mpsc::Sender<i32>, argument: DropThread) {
    let _local = DropThread(argument.0.clone());
    begun.send(thread_id()).unwrap();
    std::future::pending::<()>().await;
}

#[test]
fn a_cancelled_body_is_dropped_on_its_own_thread_which_stays() {
    let _alone = alone();
    let (begin, begins) = mpsc::channel();
    let (dropped, drops) = mpsc::channel();
    let future = begun(waits_for_ever(begin, DropThread(dropped)));
    let id = received(&begins);
    let is_locked = || os_thread::locked().iter().any(|held| held.thread_id == id);
    assert!(is_locked());
    drop(future);
    assert_eq!([received(&drops), received(&drops)], [id, id]);
    // It may be looking itself over yet.
    assert!(is_soon(|| !is_locked()));
    assert!(!is_blocked(libc::SIGUSR1));
}

#[test]
fn a_body_called_from_a_body_stays_on_the_thread() {
    #[lock_os_thread(restore(name), reason = "a test")]
    async fn outside() -> (i32, i32, i32) {
        let (first, second) = futures::join!(inside(), inside());
        assert!(LockedThread::current().is_some());
        (thread_id(), first, second)
    }
    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    async fn inside() -> i32 {
        block(libc::SIGUSR1);
        thread_id()
    }
    let _alone = alone();
    let (outside, first, second) = block_on(outside());
    assert_eq!((first, second), (outside, outside));
    assert_eq!(block_on(where_am_i()), outside);
}

/// Polled once, so that it has begun.
fn begun<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    future
}

#[test]
fn a_body_in_a_body_that_is_given_up_on_another_thread_is_left_alone_and_told() {
    /// Where the body stays, for what looks for memory that nobody knows of.
    static STAYS: AtomicPtr<Local> = AtomicPtr::new(std::ptr::null_mut());
    static DROPPED: AtomicBool = AtomicBool::new(false);

    struct Local(Rc<()>);
    impl Drop for Local {
        fn drop(&mut self) {
            DROPPED.store(true, Ordering::SeqCst);
        }
    }

    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    async fn stays_for_ever() {
        let mut local = Local(Rc::new(()));
        STAYS.store(&raw mut local, Ordering::SeqCst);
        std::future::pending::<()>().await;
        drop(Rc::clone(&local.0));
    }
    #[lock_os_thread(reason = "a test")]
    async fn gives_it_away() -> bool {
        let inside = begun(stays_for_ever());
        let elsewhere = std::thread::spawn(move || {
            block(libc::SIGUSR1);
            drop(inside);
            is_blocked(libc::SIGUSR1)
        });
        elsewhere.join().unwrap()
    }
    let _alone = alone();
    thread_state::collect_leaks();
    let before = counters();
    assert!(block_on(gives_it_away()), "the other thread's state is its own");
    assert!(!DROPPED.load(Ordering::SeqCst));
    let pieces =
        thread_state::counts("stays_for_ever").iter().map(|c| (c.piece, c.count)).collect::<Vec<_>>();
    assert_eq!(pieces, [(Piece::Thread, 1), (Piece::Body, 1)]);
    let told = thread_state::reports("stays_for_ever")[0].to_string();
    assert!(told.contains("body was to be dropped on ") && told.contains("is never dropped"), "{told}");
    assert_eq!(retired(&counters(), &before, Retired::StillLocked), 1);
}

#[test]
fn what_a_cancelled_body_in_a_body_changes_while_it_is_dropped_is_put_back() {
    struct Blocks;
    impl Drop for Blocks {
        fn drop(&mut self) {
            assert!(is_blocked(libc::SIGUSR1), "put back before the end");
            block(libc::SIGUSR2);
        }
    }
    #[lock_os_thread(restore(signal_mask), reason = "a test")]
    async fn inside() {
        block(libc::SIGUSR1);
        let _blocks = Blocks;
        std::future::pending::<()>().await;
    }
    #[lock_os_thread(reason = "a test")]
    async fn outside() -> [bool; 2] {
        drop(begun(inside()));
        [is_blocked(libc::SIGUSR1), is_blocked(libc::SIGUSR2)]
    }
    let _alone = alone();
    assert_eq!(block_on(outside()), [false, false]);
}

#[test]
fn as_many_threads_as_bodies_at_a_time_and_only_some_are_kept() {
    #[lock_os_thread(reason = "a test")]
    async fn meet(barrier: Arc<std::sync::Barrier>) -> i32 {
        barrier.wait();
        thread_id()
    }
    let _alone = alone();
    os_thread::keep_idle(2, Duration::from_secs(10));
    let before = counters();
    let barrier = Arc::new(std::sync::Barrier::new(5));
    let mut ids = block_on(futures::future::join_all((0..5).map(|_| meet(Arc::clone(&barrier)))));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    let after = counters();
    assert!(retired(&after, &before, Retired::CacheFull) >= 3, "{after:?}");
}

#[lock_os_thread(reason = "a test")]
async fn ends_its_thread() {
    block(libc::SIGUSR1);
}

#[test]
fn an_idle_thread_ends() {
    let _alone = alone();
    os_thread::keep_idle(8, Duration::from_millis(10));
    let before = counters();
    // Threads that were idle before have the longer time still: they are changed until a new one is made.
    let id = loop {
        let created = counters().created;
        let id = block_on(where_am_i());
        if counters().created > created {
            break id;
        }
        block_on(ends_its_thread());
    };
    assert!(is_gone(id));
    assert!(is_soon(|| retired(&counters(), &before, Retired::Idle) > 0));
}

#[test]
fn a_method_by_arc_and_by_value() {
    struct Service(u32);
    impl Service {
        #[lock_os_thread(reason = "a test")]
        async fn shared(self: Arc<Self>, more: u32) -> u32 {
            self.0 + more
        }
        #[lock_os_thread(reason = "a test")]
        async fn owned(mut self) -> u32 {
            self.0 += 1;
            self.0
        }
        #[lock_os_thread(future, reason = "a test")]
        fn built<T: Send + 'static>(value: T) -> impl Future<Output = T> + Send {
            let here = thread_id();
            async move {
                assert_eq!(thread_id(), here);
                value
            }
        }
        #[lock_os_thread(future, reason = "a test")]
        fn boxed(self: Arc<Self>) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
            Box::pin(async move { self.0 })
        }
    }
    let _alone = alone();
    let service = Arc::new(Service(1));
    assert_eq!(block_on(Arc::clone(&service).shared(2)), 3);
    assert_eq!(block_on(Arc::clone(&service).boxed()), 1);
    assert_eq!(block_on(Service(1).owned()), 2);
    assert_eq!(block_on(Service::built("x")), "x");
}

#[test]
fn labels_in_force_at_the_call_are_in_force_in_the_body() {
    #[labeled(route)]
    #[lock_os_thread(reason = "a test")]
    async fn outside(route: &'static str) -> String {
        let _ = route;
        hooks_runtime::labels::Labels::current().to_string()
    }
    #[lock_os_thread(reason = "a test")]
    #[labeled(route)]
    async fn inside(route: &'static str) -> String {
        let _ = route;
        hooks_runtime::labels::Labels::current().to_string()
    }
    let _alone = alone();
    assert_eq!(block_on(outside("/a")), "route=/a");
    assert_eq!(block_on(inside("/b")), "route=/b");
}

/// It has none of the threads, and does not wait for them.
#[test]
#[cfg(target_os = "linux")]
fn a_forked_child_is_told() {
    #[lock_os_thread(reason = "a test")]
    async fn anything() {}
    #[lock_os_thread(thread = "forked", reason = "a test")]
    fn named() {}
    let refused = |call: fn()| {
        let payload = catch_unwind(call).expect_err("no thread to run on");
        payload.downcast_ref::<String>().is_some_and(|said| said.contains("made by `fork`"))
    };
    block_on(anything());
    named();
    let told = || refused(|| block_on(anything())) && refused(named);
    assert_eq!(exit_status(|| i32::from(!told())), 0);
}
