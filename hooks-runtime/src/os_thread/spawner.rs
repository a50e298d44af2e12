//! The thread that starts all our threads.
//!
//! A thread inherits the state of the one that starts it: signal mask, affinity, namespaces, privileges. Ours are
//! started by one that nothing else runs on, as Go starts threads from its template thread.

use crate::labels::observe;
use crate::mutex::{lock, wait};
use crate::panics::contain;
use crate::{process, this_thread};
use std::io;
use std::mem;
use std::sync::{Condvar, Mutex};
use std::thread::Builder;

/// A thread to start.
pub(super) struct Request {
    pub(super) name: String,
    /// Gets the number of the spawner's thread, which shares with the process all that a thread can.
    pub(super) body: Box<dyn FnOnce(i32) + Send>,
    /// Called instead where the system cannot start a thread.
    pub(super) failed: Box<dyn FnOnce(io::Error) + Send>,
}

struct Spawner {
    is_started: bool,
    requests: Vec<Request>,
}

static SPAWNER: Mutex<Spawner> = Mutex::new(Spawner { is_started: false, requests: Vec::new() });
static REQUESTED: Condvar = Condvar::new();

/// Does not wait for the thread.
pub(super) fn start(request: Request) {
    let mut spawner = lock(&SPAWNER);
    if !spawner.is_started {
        if let Err(error) = start_spawner() {
            drop(spawner);
            return (request.failed)(error);
        }
        spawner.is_started = true;
    }
    spawner.requests.push(request);
    REQUESTED.notify_one();
}

fn start_spawner() -> io::Result<()> {
    process::watch_forks();
    process::start_thread(
        Builder::new().name("hooks-spawner".to_owned()).stack_size(64 * 1024),
        Box::new(serve),
    )
}

fn serve() {
    let reference = this_thread::id();
    loop {
        for Request { name, body, failed } in requests() {
            let body = move || {
                observe::thread_started();
                body(reference);
            };
            if let Err(error) = process::start_thread(Builder::new().name(name), Box::new(body)) {
                // What the work captured may panic when dropped, and others wait for this thread.
                contain(|| failed(error));
            }
        }
    }
}

/// Those that have come, as soon as there is one.
fn requests() -> Vec<Request> {
    let mut spawner = lock(&SPAWNER);
    while spawner.requests.is_empty() {
        spawner = wait(&REQUESTED, spawner, None);
    }
    mem::take(&mut spawner.requests)
}
