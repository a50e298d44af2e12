//! A service that ends well: SIGTERM comes twice, a flusher hangs, and nothing that was logged is lost.
//!
//! One signal ends `main`, which returns; the other one calls `exit` from a task of its own while the flushers run.
//! Written with `std::process::exit` the second would cut the log off, and the queue, whose broker does not answer,
//! would hold the process until it is killed. `cargo run --example graceful_exit`

use hooks_runtime::exit::{FaultKind, Report, exit_task, on_fault, on_report};
use hooks_runtime::{at_exit, exit_scope};
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// When which flusher runs: the log is last, since the others log.
mod stage {
    pub(crate) const QUEUES: i32 = 10;
    pub(crate) const LOGS: i32 = 1_000;
}

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log(line: impl Into<String>) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
}

/// Waits for a broker that is gone.
#[at_exit(order = stage::QUEUES, timeout = "300ms")]
fn send_queue() {
    log("sending the queue");
    loop {
        thread::park();
    }
}

/// Slow enough for the second signal to come meanwhile.
#[at_exit(order = stage::LOGS, timeout = "5s")]
fn flush_log() -> io::Result<()> {
    send_signal();
    thread::sleep(Duration::from_millis(200));
    let lines = std::mem::take(&mut *LOG.lock().unwrap_or_else(PoisonError::into_inner));
    for line in lines {
        println!("log: {line}");
    }
    io::stdout().flush()
}

/// Dropped, and so logged, when the runtime is shut down: before the flushers.
struct Connection;

impl Drop for Connection {
    fn drop(&mut self) {
        log("connection closed");
    }
}

/// Ends from the depth of its work: the join handle gets the number, and nobody reads of a panic.
#[exit_scope]
async fn consumer() -> u32 {
    let mut received = 0;
    loop {
        tokio::task::yield_now().await;
        received += 1;
        handle(received);
    }
}

fn handle(message: u32) {
    if message == 3 {
        log("the last message");
        exit_task(message);
    }
}

#[tokio::main]
#[exit_scope]
async fn main() -> io::Result<ExitCode> {
    on_fault(|fault| println!("reported: {fault}"));
    on_report(check);
    tokio::spawn(async {
        let _connection = Connection;
        std::future::pending::<()>().await;
    });
    println!("the consumer received {}", tokio::spawn(consumer()).await?);

    let mut terminated = signal(SignalKind::terminate())?;
    on_later_signals();
    send_signal();
    terminated.recv().await;
    log("terminated");
    Ok(ExitCode::SUCCESS)
}

/// The runtime of `main` is gone when the second one comes.
fn on_later_signals() {
    let (listening, is_listening) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mut terminated = signal(SignalKind::terminate()).expect("a signal that can be handled");
            listening.send(()).expect("somebody waits");
            terminated.recv().await;
            terminated.recv().await;
            println!("terminated again: calling exit(143)");
            hooks_runtime::exit(143);
        });
    });
    is_listening.recv().expect("the thread listens");
}

fn send_signal() {
    // SAFETY: a call without memory.
    unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
}

/// Ends with another code where it has not gone as told above.
fn check(report: &Report) {
    for flushed in &report.flushers {
        println!("{}: {:?}", flushed.flusher.site.function(), flushed.result);
    }
    let results: Vec<_> = report.flushers.iter().map(|flushed| flushed.result.clone()).collect();
    if results != [Err(FaultKind::TimedOut), Ok(())] {
        eprintln!("not as expected");
        std::process::exit(1);
    }
}
