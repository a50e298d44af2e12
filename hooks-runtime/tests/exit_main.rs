//! `#[exit_scope]` on `main`: real ends of a real program.
//!
//! Without the test harness, which has a `main` of its own; `--list` and a name are understood as by it. A case starts
//! this program again with the case's name in the environment, and the real `main` ends as that says.

#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

#[allow(dead_code, reason = "of use to the other program")]
#[path = "support/itself.rs"]
mod itself;

use hooks_runtime::exit::exit_task;
use hooks_runtime::{at_exit, exit_scope};
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const CASE: &str = "HOOKS_EXIT_MAIN_CASE";

#[at_exit(timeout = "1m")]
fn flush() {
    let Some(case) = case() else { return };
    println!("flushed");
    match case.as_str() {
        "exit_during_the_return" => {
            // It comes after `main` has returned, and has to wait.
            thread::spawn(|| hooks_runtime::exit(9));
        }
        "exit_before_the_return" => {
            FLUSHING.store(true, Ordering::Release);
            wait_until(&LOCAL_IS_DROPPED);
        }
        _ => {}
    }
}

static FLUSHING: AtomicBool = AtomicBool::new(false);
static LOCAL_IS_DROPPED: AtomicBool = AtomicBool::new(false);

fn wait_until(flag: &AtomicBool) {
    while !flag.load(Ordering::Acquire) {
        thread::yield_now();
    }
}

fn case() -> Option<String> {
    std::env::var(CASE).ok()
}

/// Says that it is dropped.
struct Dropped(&'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
        LOCAL_IS_DROPPED.store(true, Ordering::Release);
    }
}

/// It is a pipe from now on that nobody reads, with no room for a byte.
fn fill_standard_error() {
    let mut pipe = [0; 2];
    // SAFETY: room for two descriptors, and a byte to write from. Both ends stay open until the end.
    unsafe {
        assert_eq!(libc::pipe(pipe.as_mut_ptr()), 0);
        libc::fcntl(pipe[1], libc::F_SETFL, libc::O_NONBLOCK);
        while libc::write(pipe[1], b"x".as_ptr().cast(), 1) == 1 {}
        libc::fcntl(pipe[1], libc::F_SETFL, 0);
        assert_eq!(libc::dup2(pipe[1], libc::STDERR_FILENO), libc::STDERR_FILENO);
    }
}

#[exit_scope]
fn main() -> Result<ExitCode, String> {
    match case() {
        Some(case) => end_as(&case),
        None => Ok(test()),
    }
}

fn end_as(case: &str) -> Result<ExitCode, String> {
    let _local = Dropped("local");
    match case {
        "ok" => Ok(ExitCode::from(3)),
        "error" => Err("no configuration".to_owned()),
        "panic" => panic!("main panics"),
        "exit_task" => exit_task(Ok::<_, String>(ExitCode::from(4))),
        "exit" => hooks_runtime::exit(5),
        "exit_of_std" => std::process::exit(16),
        "exit_of_std_while_standard_error_is_locked" => {
            let (held, is_held) = mpsc::channel();
            thread::spawn(move || {
                let _stderr = std::io::stderr().lock();
                held.send(()).unwrap();
                loop {
                    thread::park();
                }
            });
            is_held.recv().unwrap();
            std::process::exit(17)
        }
        "exit_of_std_while_standard_error_is_full" => {
            fill_standard_error();
            std::process::exit(18)
        }
        "exit_before_the_return" => {
            thread::spawn(|| hooks_runtime::exit(6));
            wait_until(&FLUSHING);
            Ok(ExitCode::from(7))
        }
        "exit_during_the_return" => Ok(ExitCode::from(8)),
        "exit_during_an_inner_return" => {
            at_exit_call(wait_for_the_return);
            thread::spawn(|| hooks_runtime::exit(6));
            wait_until(&IS_ENDING);
            // Has to wait in there.
            unit::main();
            println!("returned");
            HAS_RETURNED.store(true, Ordering::Release);
            Ok(ExitCode::from(7))
        }
        "exit_by_thread_local" => {
            EXITS.with(|_| ());
            Ok(ExitCode::from(12))
        }
        "exit_by_thread_local_after_a_panic" => {
            EXITS.with(|_| ());
            panic!("main panics")
        }
        "exit_by_thread_local_in_exit" => {
            EXITS.with(|_| ());
            hooks_runtime::exit(13)
        }
        "exit_by_handler" => {
            at_exit_call(exit_by_handler);
            Err("no configuration".to_owned())
        }
        "exit_by_handler_in_exit" => {
            at_exit_call(exit_by_handler);
            hooks_runtime::exit(14)
        }
        "exit_by_a_thread_of_a_handler" => {
            at_exit_call(exit_by_thread);
            Ok(ExitCode::from(15))
        }
        "unit" => {
            unit::main();
            Ok(ended(()))
        }
        "never" => never::main(),
        "tokio" => Ok(ended(asynchronous::main())),
        _ => Err(format!("no case {case}")),
    }
}

/// Calls `exit` when the thread that has touched it ends.
struct Exits;

impl Drop for Exits {
    fn drop(&mut self) {
        println!("destroyed");
        hooks_runtime::exit(91)
    }
}

thread_local! {
    static EXITS: Exits = const { Exits };
}

fn at_exit_call(handler: extern "C" fn()) {
    // SAFETY: a fn that does not unwind.
    assert_eq!(unsafe { libc::atexit(handler) }, 0);
}

extern "C" fn exit_by_handler() {
    println!("handler");
    hooks_runtime::exit(92)
}

/// The thread's `exit` would end the process with its own code if it did not wait.
extern "C" fn exit_by_thread() {
    let exits = thread::spawn(|| hooks_runtime::exit(93));
    for _ in 0..50 {
        thread::sleep(Duration::from_millis(2));
    }
    println!("waits: {}", !exits.is_finished());
}

static IS_ENDING: AtomicBool = AtomicBool::new(false);
static HAS_RETURNED: AtomicBool = AtomicBool::new(false);

/// Holds the end for as long as a `main` that does not wait for it could take.
extern "C" fn wait_for_the_return() {
    IS_ENDING.store(true, Ordering::Release);
    let begin = Instant::now();
    while !HAS_RETURNED.load(Ordering::Acquire) && begin.elapsed() < Duration::from_millis(500) {
        thread::yield_now();
    }
}

/// What `std` makes of what another `main` returns. That one has run the flushers, so this program's own does not.
fn ended(returned: impl Termination) -> ExitCode {
    println!("returned");
    returned.report()
}

mod unit {
    #[hooks_runtime::exit_scope]
    pub(crate) fn main() {
        let _local = crate::Dropped("unit");
    }
}

mod never {
    #[hooks_runtime::exit_scope]
    pub(crate) fn main() -> ! {
        let _local = crate::Dropped("never");
        hooks_runtime::exit(11)
    }
}

/// The order that works: `main` is a plain fn when the scope sees it.
mod asynchronous {
    use std::io;

    #[tokio::main(flavor = "multi_thread", worker_threads = 1)]
    #[hooks_runtime::exit_scope]
    pub(crate) async fn main() -> Result<(), io::Error> {
        let (started, is_started) = tokio::sync::oneshot::channel();
        tokio::spawn(async {
            let _of_task = crate::Dropped("task");
            started.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        is_started.await.unwrap();
        Err(io::Error::other("as a result"))
    }
}

/// The case, its code, what it writes in order, and what of that to standard error.
type Case = (&'static str, i32, &'static [&'static str], &'static [&'static str]);

const CASES: &[Case] = &[
    ("ok", 3, &["dropped local", "flushed"], &[]),
    ("error", 1, &["dropped local", "flushed"], &["Error: \"no configuration\""]),
    ("panic", 101, &["dropped local", "flushed"], &["main panics"]),
    ("exit_task", 4, &["dropped local", "flushed"], &[]),
    ("exit", 5, &["flushed"], &[]),
    ("exit_of_std", 16, &[], &["hooks: 1 flusher was not run, exit_main::flush: the process ended without"]),
    ("exit_of_std_while_standard_error_is_locked", 17, &[], &["hooks: 1 flusher was not run"]),
    ("exit_of_std_while_standard_error_is_full", 18, &[], &[]),
    ("exit_before_the_return", 6, &["flushed", "dropped local"], &[]),
    ("exit_during_the_return", 8, &["dropped local", "flushed"], &[]),
    ("exit_during_an_inner_return", 6, &["flushed", "dropped unit"], &[]),
    ("exit_by_thread_local", 12, &["dropped local", "flushed", "destroyed"], &[]),
    ("exit_by_thread_local_after_a_panic", 101, &["dropped local", "flushed", "destroyed"], &["main panics"]),
    ("exit_by_thread_local_in_exit", 13, &["flushed", "destroyed"], &[]),
    ("exit_by_handler", 1, &["dropped local", "flushed", "handler"], &["Error: \"no configuration\""]),
    ("exit_by_handler_in_exit", 14, &["flushed", "handler"], &[]),
    ("exit_by_a_thread_of_a_handler", 15, &["dropped local", "flushed", "waits: true"], &[]),
    ("unit", 0, &["dropped unit", "flushed", "returned", "dropped local"], &[]),
    ("never", 11, &["flushed"], &[]),
    ("tokio", 1, &["dropped task", "flushed", "returned", "dropped local"], &["Error: Custom"]),
];

/// As the standard harness: `--list`, or all whose name has the first word in it.
fn test() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    let cases = if cfg!(target_os = "linux") { CASES } else { &[] };
    // At the end of a process std destroys no thread locals with musl.
    let is_had = |name: &str| !cfg!(target_env = "musl") || !name.starts_with("exit_by_thread_local");
    let cases: Vec<&Case> = cases.iter().filter(|(name, ..)| is_had(name)).collect();
    if has("--list") {
        for (name, ..) in cases.iter().filter(|_| !has("--ignored")) {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let named = arguments.iter().find(|argument| !argument.starts_with('-'));
    let is_named = |name: &str| {
        named.is_none_or(|named| if has("--exact") { name == named } else { name.contains(named) })
    };
    let mut passed = 0;
    for case in cases.iter().filter(|(name, ..)| is_named(name)) {
        check(case);
        println!("test {} ... ok", case.0);
        passed += 1;
    }
    println!("\ntest result: ok. {passed} passed; 0 failed; 0 ignored");
    ExitCode::SUCCESS
}

fn check((name, code, expected, errors): &Case) {
    let output = itself::command().env(CASE, name).output().expect("this test starts");
    let written = String::from_utf8_lossy(&output.stdout);
    let written_errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(written.lines().collect::<Vec<_>>(), *expected, "{name}: {written_errors}");
    assert_eq!(output.status.code(), Some(*code), "{name}: {written_errors}");
    assert!(errors.iter().all(|line| written_errors.contains(line)), "{name}: {written_errors}");
    assert_eq!(written_errors.is_empty(), errors.is_empty(), "{name}: {written_errors}");
}
