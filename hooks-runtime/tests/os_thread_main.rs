//! `#[lock_os_thread(thread = "main")]` and `os_thread::run_main`, on the main thread.
//!
//! Without the test harness, which keeps the main thread for itself; `--list` and a name are understood as by it.

#[cfg(target_os = "linux")]
#[allow(dead_code, reason = "of use to the other program")]
#[path = "support/thread_state.rs"]
mod thread_state;

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        if !arguments.iter().any(|argument| argument == "--ignored") {
            for (name, _) in cases::ALL {
                println!("{name}: test");
            }
        }
        return;
    }
    let named = arguments.iter().find(|argument| !argument.starts_with('-'));
    let mut passed = 0;
    for (name, case) in cases::ALL {
        if named.is_none_or(|named| name.contains(named.as_str())) {
            case();
            println!("test {name} ... ok");
            passed += 1;
        }
    }
    // As the standard harness ends; a case that fails has ended the process.
    println!("\ntest result: ok. {passed} passed; 0 failed; 0 ignored");
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod cases {
    use super::thread_state::thread_id;
    use hooks_runtime::lock_os_thread;
    use hooks_runtime::os_thread::{LockedThread, run_main};
    use std::future::Future;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::{Arc, Barrier};
    use std::task::{Context, Wake, Waker};

    pub(super) const ALL: &[(&str, fn())] = &[
        ("sync_and_async_fns_run_on_the_main_thread", fns_run_on_the_main_thread),
        ("without_the_loop_the_error_is_clear_and_at_once", without_the_loop),
        ("on_the_main_thread_itself_a_sync_fn_needs_no_loop", in_place),
        ("the_programs_panic_is_the_loops", panic_of_the_program),
        ("a_panic_in_a_body_is_the_callers", panic_of_a_body),
        ("a_call_back_to_the_main_thread_that_waits_for_it_is_told", circle),
        ("calls_that_wait_at_the_end_are_refused", refused_at_the_end),
        ("so_are_those_whose_waker_and_argument_panic", refused_with_panics),
        ("it_is_refused_elsewhere_and_a_second_time", misuse),
    ];

    #[lock_os_thread(thread = "main", token = thread, reason = "a test")]
    fn here(text: &mut String) -> i32 {
        assert_eq!(thread.site().attribute(), "lock_os_thread");
        text.push('x');
        thread_id()
    }

    #[lock_os_thread(thread = "main", reason = "a test")]
    async fn here_later(text: String) -> (i32, usize) {
        let mut once = false;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut once, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        assert_eq!(here(&mut String::new()), thread_id());
        (thread_id(), text.len())
    }

    fn fns_run_on_the_main_thread() {
        let main = thread_id();
        let answer = run_main(|| {
            assert_ne!(thread_id(), main);
            let mut text = String::new();
            assert_eq!(here(&mut text), main);
            assert_eq!(text, "x");
            assert_eq!(futures::executor::block_on(here_later("four".to_owned())), (main, 4));
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| assert_eq!(here(&mut String::new()), main));
                }
            });
            42
        });
        assert_eq!(answer, 42);
        assert!(LockedThread::current().is_none());
    }

    fn message(panicked: std::thread::Result<impl Sized>) -> String {
        let Err(payload) = panicked else { panic!("it should have panicked") };
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).expect("a text")
    }

    fn circle() {
        #[lock_os_thread(thread = "main", reason = "a test")]
        fn waits_for_helper() {
            helper();
        }
        #[lock_os_thread(thread = "helper", reason = "a test")]
        fn helper() {
            here(&mut String::new());
        }
        let told = message(catch_unwind(|| run_main(waits_for_helper)));
        assert!(told.ends_with(r#"for ever: "helper" -> "main" -> "helper""#), "{told}");
    }

    fn without_the_loop() {
        let sync = std::thread::spawn(|| here(&mut String::new())).join();
        let later = catch_unwind(|| futures::executor::block_on(here_later(String::new())));
        for message in [message(sync), message(later)] {
            assert!(message.contains("run_main(..)` in `main`"), "{message}");
            assert!(message.contains("os_thread_main::cases::here"), "{message}");
        }
    }

    fn in_place() {
        assert_eq!(here(&mut String::new()), thread_id());
    }

    fn panic_of_the_program() {
        let panicked = catch_unwind(|| run_main(|| -> u32 { std::panic::panic_any("the program's") }));
        assert_eq!(message(panicked), "the program's");
        without_the_loop();
    }

    #[lock_os_thread(thread = "main", reason = "a test")]
    fn fails() {
        std::panic::panic_any("the body's");
    }

    fn panic_of_a_body() {
        run_main(|| {
            assert_eq!(message(catch_unwind(fails)), "the body's");
            here(&mut String::new());
        });
    }

    #[lock_os_thread(thread = "main", reason = "a test")]
    fn hold(barrier: &Barrier) {
        barrier.wait();
        barrier.wait();
    }

    static BARRIER: Barrier = Barrier::new(2);

    /// Lets the main thread go on, which `hold` keeps from what is in its queue.
    struct LetsGo {
        panics: bool,
    }

    impl Wake for LetsGo {
        fn wake(self: Arc<Self>) {
            BARRIER.wait();
            assert!(!self.panics, "a waker panics");
        }
    }

    /// What `call`, which is in the queue when `run_main` ends, is told.
    fn refused<R>(call: impl Future<Output = R> + Send, waker: LetsGo) -> String {
        let mut call = run_main(|| {
            std::thread::spawn(|| hold(&BARRIER));
            BARRIER.wait();
            let mut call = Box::pin(call);
            // Polled once, so that it is in the queue.
            let waker = Waker::from(Arc::new(waker));
            assert!(call.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            call
        });
        let mut again = || call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        message(catch_unwind(AssertUnwindSafe(&mut again)))
    }

    fn refused_at_the_end() {
        let message = refused(here_later(String::new()), LetsGo { panics: false });
        assert!(message.contains("`os_thread::run_main` has returned"), "{message}");
    }

    /// Two panics at once would end the process.
    fn refused_with_panics() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a destructor panics");
            }
        }
        #[lock_os_thread(thread = "main", reason = "a test")]
        async fn takes(bomb: Bomb) {
            drop(bomb);
        }
        let message = refused(takes(Bomb), LetsGo { panics: true });
        assert!(message.contains("`os_thread::run_main` has returned"), "{message}");
    }

    #[lock_os_thread(thread = "main", reason = "a test")]
    fn again() {
        run_main(|| ());
    }

    fn misuse() {
        let elsewhere = std::thread::spawn(|| run_main(|| ())).join();
        assert!(message(elsewhere).contains("this is not the main thread"));
        run_main(|| {
            assert!(message(catch_unwind(again)).contains("runs already"));
            here(&mut String::new());
        });
        #[cfg(feature = "tokio")]
        {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let inside = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { run_main(|| ()) })));
            assert!(message(inside).contains("start the runtime inside its closure"));
        }
    }
}
