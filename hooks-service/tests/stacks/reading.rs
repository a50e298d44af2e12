//! How a dump reads: what the program does comes first, what waits in others' code is a line.

use super::{dump, named, until, until_in};
use hooks_runtime::labeled;
use hooks_service::stacks::{Dump, OnSignal, State, Target, watch_tasks};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

#[labeled(route)]
async fn wait_for_the_bank(route: &'static str) {
    std::future::pending::<()>().await;
    std::hint::black_box(route);
}

#[inline(never)]
fn flush(go_on: &mpsc::Receiver<()>) {
    _ = std::hint::black_box(go_on.recv());
}

fn text_of(dump: &Dump) -> String {
    let mut text = Vec::new();
    dump.write_text(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

/// A pool whose workers have nothing to do, a task that waits, a thread of the program's.
fn in_a_service(check: impl FnOnce(&Dump)) {
    watch_tasks(100).unwrap();
    let runtime =
        Builder::new_multi_thread().worker_threads(4).thread_name("pool").enable_all().build().unwrap();
    drop(runtime.spawn(wait_for_the_bank("/pay")));
    let (end, go_on) = mpsc::channel::<()>();
    let flusher = thread::Builder::new().name("flusher".into()).spawn(move || flush(&go_on)).unwrap();
    until(|| dump().tasks().unwrap().total() == 1);
    let all_sleep = |dump: &Dump| {
        let mut pool = dump.threads().iter().filter(|thread| thread.name() == "pool");
        pool.all(|thread| thread.state() == State::Sleeping)
    };
    let mut last = until_in("flusher", "reading::flush");
    until(|| {
        last = dump();
        all_sleep(&last) && named(&last, "flusher").state() == State::Sleeping
    });
    check(&last);
    drop(end);
    flusher.join().unwrap();
}

#[test]
fn tasks_and_the_programs_threads_come_first_and_idle_ones_are_a_line() {
    in_a_service(|dump| {
        let text = text_of(dump);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part:?} in {text}"));
        let idle = at("\nidle, in nothing of the program's: ");
        assert!(at("\ntasks: 1 waiting") < at("\"flusher\" [sleeping"), "{text}");
        assert!(at("\"flusher\" [sleeping") < idle, "{text}");
        // Parked, and one in the poll.
        let pool: Vec<_> = text.lines().filter(|line| line.contains("\"pool\"")).collect();
        assert_eq!(pool.iter().map(|line| line.matches("\"pool\"").count()).sum::<usize>(), 4, "{text}");
        assert!(pool.len() <= 2 && pool.iter().all(|line| text.find(line) > Some(idle)), "{text}");
        assert!(pool.iter().all(|line| line.contains("]: ") && line.contains("tokio::runtime::")), "{text}");
        assert!(text.lines().count() < 60, "{text}");
    });
}

#[test]
fn a_stack_has_the_programs_calls_marked_and_what_std_puts_around_them_left_out() {
    in_a_service(|dump| {
        let text = text_of(dump);
        let (_, flusher) = text.split_once("\"flusher\" [").unwrap();
        let stack: Vec<_> = flusher.split("\n\n").next().unwrap().lines().skip(1).collect();
        let own = stack.iter().position(|line| line.starts_with('>')).unwrap();
        assert!(stack[own].ends_with(": main::stacks::reading::flush"), "{stack:#?}");
        assert!(
            stack[own + 1].contains("             at ") && stack[own + 1].contains("/reading.rs:"),
            "{stack:#?}"
        );
        assert!(stack[..own].last().unwrap().contains("std::sync::mpsc::Receiver<T>::recv ("), "{stack:#?}");
        assert!(!text.contains("__rust_begin_short_backtrace"), "{text}");
        let mut all = Vec::new();
        dump.write_text_in_full(&mut all).unwrap();
        let all = String::from_utf8(all).unwrap();
        assert!(all.contains("__rust_begin_short_backtrace") && all.contains(" at $RUST/std/src/"), "{all}");
        assert!(all.matches("\"pool\"").count() == 4 && !all.contains("\nidle, "), "{all}");
    });
}

/// A handler that is there already takes its time.
extern "C" fn takes_its_time(_: libc::c_int) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(5) {
        std::hint::spin_loop();
    }
}

/// The thread that the signal wakes is the first one; it has the one name that std gives it.
#[test]
fn the_thread_that_the_request_has_woken_sleeps_again() {
    let handler = takes_its_time as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that looks at the time.
    unsafe { libc::signal(libc::SIGUSR1, handler) };
    let folder = tempfile::tempdir().unwrap();
    let set_up = OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO);
    let requests = set_up.start().unwrap();
    let main = std::process::id();
    until(|| dump().threads().iter().any(|thread| thread.id() == main && thread.state() == State::Sleeping));
    // It may have no processor for as long as a dump can wait: then once more.
    let sleeps = |number| {
        // SAFETY: a signal to this process, which is handled.
        assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) }, 0);
        until(|| requests.counts().written == number);
        let newest = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let newest = newest.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap();
        std::fs::read_to_string(newest).unwrap().contains(&format!("thread {main} \"main\" [sleeping]"))
    };
    assert!((1..=20).any(sleeps));
    requests.stop();
}
