//! Threads that get a processor late are not taken for ones that do not answer.

use super::{dump, named, until};
use hooks_service::stacks::{self, Answer, Capture, prepare};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// One processor for the process, for threads started from now on.
fn on_one_processor() {
    // SAFETY: a local set; changes this thread, which others inherit from.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set), 0);
        let first = (0..1024).find(|index| libc::CPU_ISSET(*index, &set)).unwrap();
        libc::CPU_ZERO(&mut set);
        libc::CPU_SET(first, &mut set);
        assert_eq!(libc::sched_setaffinity(0, size_of_val(&set), &raw const set), 0);
    }
}

/// This thread runs when nobody else wants to.
fn give_way() {
    // SAFETY: plain data, all zeroes are valid: the only priority of that policy.
    let lowest: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: a valid policy; this thread only.
    assert_eq!(unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const lowest) }, 0);
}

/// Until it is dropped, also when a check fails: the threads of the scope are waited for.
struct Over<'a>(&'a AtomicBool, Vec<Thread>);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.iter().for_each(Thread::unpark);
    }
}

/// The kernel begins to handle our signal on a thread, which blocks all others from then on, and gives the processor to
/// another one.
#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn a_thread_that_is_pushed_aside_in_our_handler_is_waited_for() {
    on_one_processor();
    prepare().unwrap();
    let over = AtomicBool::new(false);
    let go_on = || !over.load(Ordering::Relaxed);
    thread::scope(|scope| {
        let idle = || {
            give_way();
            while go_on() {
                thread::park();
            }
        };
        let idle = (0..60).map(|_| scope.spawn(idle).thread().clone()).collect();
        let _over = Over(&over, idle);
        scope.spawn(|| while go_on() {});
        scope.spawn(|| {
            while go_on() {
                thread::sleep(Duration::from_micros(20));
            }
        });
        for patience in [Duration::from_secs(60), Duration::from_millis(5)].repeat(3) {
            let dump = Capture::new().interval(Duration::ZERO).patience(patience).take().unwrap();
            let answers = dump.threads().iter().map(stacks::Thread::answer);
            let silent: Vec<_> = answers.filter(|answer| *answer != Answer::Whole).collect();
            // At the end of one's patience it is known at least that nobody blocks the signal.
            let is_short = patience < Duration::from_secs(1);
            assert!(silent.iter().all(|answer| is_short && *answer != Answer::BlocksSignal), "{silent:?}");
        }
    });
}

extern "C" fn takes_a_while(_: libc::c_int) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(150) {}
}

/// Until its handler returns, the signal waits.
#[test]
fn a_thread_in_a_handler_that_blocks_all_signals_is_waited_for() {
    // SAFETY: a handler that passes time; a struct of zeros is valid.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = takes_a_while as extern "C" fn(libc::c_int) as usize;
        libc::sigfillset(&raw mut action.sa_mask);
        assert_eq!(libc::sigaction(libc::SIGUSR2, &raw const action, std::ptr::null_mut()), 0);
    }
    prepare().unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _over = Over(&over, Vec::new());
        let raises = || {
            while !over.load(Ordering::Relaxed) {
                // SAFETY: a signal to this thread, which is handled.
                unsafe { libc::raise(libc::SIGUSR2) };
            }
        };
        thread::Builder::new().name("raises".into()).spawn_scoped(scope, raises).unwrap();
        until(|| dump().threads().iter().any(|thread| thread.name() == "raises"));
        for _ in 0..3 {
            let dump =
                Capture::new().interval(Duration::ZERO).patience(Duration::from_secs(60)).take().unwrap();
            assert_eq!(named(&dump, "raises").answer(), Answer::Whole);
        }
    });
}
