//! The thread that starts all our threads.
//!
//! A thread inherits the state of the one that starts it: signal mask, affinity, namespaces, privileges. Ours are
//! started by one that nothing else runs on, as Go starts threads from its template thread.

use super::state::thread_id;
use crate::forked;
use crate::labels::observe;
use crate::mutex::lock;
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::Builder;

/// A thread to start.
pub(super) struct Request {
    pub(super) name: String,
    /// Gets the number of the spawner's thread, which shares with the process all that a thread can.
    pub(super) body: Box<dyn FnOnce(i32) + Send>,
    /// Called instead where the system cannot start a thread.
    pub(super) failed: Box<dyn FnOnce(io::Error) + Send>,
}

static SPAWNER: Mutex<Option<Sender<Request>>> = Mutex::new(None);

/// Does not wait for the thread.
pub(super) fn start(request: Request) {
    let mut spawner = lock(&SPAWNER);
    let sender = match &*spawner {
        Some(sender) => sender,
        None => match start_spawner() {
            Ok(sender) => spawner.insert(sender),
            Err(error) => return (request.failed)(error),
        },
    };
    if let Err(unsent) = sender.send(request) {
        (unsent.0.failed)(io::ErrorKind::BrokenPipe.into());
    }
}

fn start_spawner() -> io::Result<Sender<Request>> {
    forked::watch();
    let (sender, requests) = mpsc::channel();
    Builder::new().name("hooks-spawner".to_owned()).stack_size(64 * 1024).spawn(|| serve(requests))?;
    Ok(sender)
}

fn serve(requests: Receiver<Request>) {
    let reference = thread_id();
    for Request { name, body, failed } in requests {
        let body = move || {
            observe::thread_started();
            body(reference);
        };
        if let Err(error) = Builder::new().name(name).spawn(body) {
            failed(error);
        }
    }
}
