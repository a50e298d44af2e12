//! Bugs of the trade on the way out. Each runs as a child that is seen from outside.

use crate::support::child::{self, is_child, say};
use crate::support::signals::{on_signals, raise};
use hooks_runtime::exit::{counters, exit_task};
use hooks_runtime::{at_exit, exit_scope};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What the flushers of this program do; nothing where the test is about code without them.
static FLUSHERS: Mutex<[fn(); 2]> = Mutex::new([|| (), || ()]);

fn flusher(index: usize) -> fn() {
    FLUSHERS.lock().unwrap_or_else(PoisonError::into_inner)[index]
}

#[at_exit(order = 1, timeout = "300ms")]
fn flush_queue() {
    flusher(0)();
}

#[at_exit(order = 2, timeout = "1m")]
fn flush_log() {
    flusher(1)();
}

mod exit_racing_a_signal {
    use super::*;

    static IS_HANDLED: AtomicBool = AtomicBool::new(false);

    /// Two lines; between them comes the signal, and the disk is slow.
    fn write_log() {
        say("begin");
        raise(libc::SIGTERM);
        while !IS_HANDLED.load(Ordering::Acquire) {
            thread::yield_now();
        }
        thread::sleep(Duration::from_secs(1));
        say("end");
    }

    #[test]
    fn by_hand_the_signals_thread_cuts_the_flush_off() {
        if is_child() {
            on_signals(&[libc::SIGTERM], |signal| {
                IS_HANDLED.store(true, Ordering::Release);
                process::exit(128 + signal);
            });
            write_log();
            process::exit(0);
        }
        let ended =
            child::run("bugs::exit::exit_racing_a_signal::by_hand_the_signals_thread_cuts_the_flush_off");
        assert_eq!((ended.code, ended.said()), (Some(143), vec!["begin"]));
    }

    #[test]
    fn annotated_it_waits_and_the_first_code_stands() {
        if is_child() {
            FLUSHERS.lock().unwrap()[1] = write_log;
            on_signals(&[libc::SIGTERM], |signal| {
                IS_HANDLED.store(true, Ordering::Release);
                hooks_runtime::exit(128 + signal);
            });
            hooks_runtime::exit(0);
        }
        let ended =
            child::run("bugs::exit::exit_racing_a_signal::annotated_it_waits_and_the_first_code_stands");
        assert_eq!((ended.code, ended.said()), (Some(0), vec!["begin", "end"]));
    }
}

mod flusher_hanging_at_exit {
    use super::*;

    /// Waits for an answer that does not come.
    fn send_queue() {
        say("sending");
        loop {
            thread::park();
        }
    }

    fn write_log() {
        say("log written");
    }

    #[test]
    fn by_hand_the_process_never_ends_and_the_log_is_lost() {
        if is_child() {
            // The orchestrator's patience, in place of SIGKILL after 30 seconds.
            thread::spawn(|| {
                thread::sleep(Duration::from_millis(500));
                // SAFETY: ends the process as a kill does.
                unsafe { libc::_exit(137) }
            });
            send_queue();
            write_log();
            process::exit(0);
        }
        let ended = child::run(
            "bugs::exit::flusher_hanging_at_exit::by_hand_the_process_never_ends_and_the_log_is_lost",
        );
        assert_eq!((ended.code, ended.said()), (Some(137), vec!["sending"]));
    }

    #[test]
    fn annotated_it_is_left_behind_and_named() {
        if is_child() {
            *FLUSHERS.lock().unwrap() = [send_queue, write_log];
            hooks_runtime::exit(0);
        }
        let ended = child::run("bugs::exit::flusher_hanging_at_exit::annotated_it_is_left_behind_and_named");
        assert_eq!((ended.code, ended.said()), (Some(0), vec!["sending", "log written"]));
        let named = "bugs::exit::flush_queue ";
        assert!(ended.errors.contains(named) && ended.errors.contains("not done"), "{}", ended.errors);
    }
}

mod task_that_ends_by_a_panic {
    use super::*;

    /// The way out of a deep call, as people know it.
    fn by_hand() -> u32 {
        panic!("no more work")
    }

    #[exit_scope]
    fn annotated() -> u32 {
        exit_task(7_u32)
    }

    #[test]
    fn by_hand_it_is_logged_as_a_crash_and_its_result_is_lost() {
        if is_child() {
            assert!(thread::spawn(by_hand).join().is_err());
            process::exit(0);
        }
        let ended = child::run(
            "bugs::exit::task_that_ends_by_a_panic::by_hand_it_is_logged_as_a_crash_and_its_result_is_lost",
        );
        assert!(ended.code == Some(0) && ended.errors.contains("panicked"), "{}", ended.errors);
    }

    #[test]
    fn annotated_it_returns_in_silence() {
        if is_child() {
            assert_eq!(thread::spawn(annotated).join().unwrap(), 7);
            assert_eq!(counters().tasks_exited, 1);
            hooks_runtime::exit(0);
        }
        let ended = child::run("bugs::exit::task_that_ends_by_a_panic::annotated_it_returns_in_silence");
        assert_eq!((ended.code, ended.errors.as_str()), (Some(0), ""));
    }
}
