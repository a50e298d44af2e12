//! The thread between the signal handler and those who wait: it may lock, allocate and take its time.

use super::Cause;
use super::handler;
use super::overdue::Overdue;
use super::state::State;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

pub(super) struct Watcher {
    word: Arc<Word>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the watcher is told besides signals.
#[derive(Default)]
struct Word {
    stop: AtomicBool,
    requested: AtomicBool,
}

impl Watcher {
    pub(super) fn start(state: Arc<State>, overdue: Option<Overdue>) -> io::Result<Self> {
        let word = Arc::new(Word::default());
        let told = Arc::clone(&word);
        let reader = pipe()?.0.as_raw_fd();
        let watch = move || {
            watch(reader, &state, &told, overdue);
            // A byte may have been meant for the watcher of a shutdown that began before this one's thread had ended.
            handler::wake();
        };
        let thread = Builder::new().name("hooks-shutdown".to_owned()).spawn(watch)?;
        Ok(Self { word, thread: Mutex::new(Some(thread)) })
    }

    /// As if a signal had come.
    pub(super) fn request(&self) {
        self.word.requested.store(true, Ordering::Release);
        handler::wake();
    }

    /// Tells the thread to end, and with it the wait for the deadline.
    pub(super) fn stop(&self) {
        self.word.stop.store(true, Ordering::Release);
        handler::wake();
    }

    /// Waits for the end of the thread.
    pub(super) fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The last token may be dropped by a callback, which runs on the watcher itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

/// Where to write so that a watcher wakes.
pub(super) fn write_end() -> io::Result<i32> {
    Ok(pipe()?.1.as_raw_fd())
}

type Pipe = (PipeReader, PipeWriter);

/// One for the life of the process, since a handler may be about to write to it; a forked child makes its own.
fn pipe() -> io::Result<&'static Pipe> {
    static PIPE: Mutex<Option<(u32, &'static Pipe)>> = Mutex::new(None);
    let mut made = PIPE.lock().unwrap_or_else(PoisonError::into_inner);
    let me = std::process::id();
    match *made {
        Some((owner, pipe)) if owner == me => Ok(pipe),
        _ => {
            let pipe: &'static Pipe = Box::leak(Box::new(io::pipe()?));
            *made = Some((me, pipe));
            Ok(pipe)
        }
    }
}

fn watch(reader: i32, state: &Arc<State>, word: &Word, overdue: Option<Overdue>) {
    let Some(cause) = first_cause(reader, word) else { return };
    let Some(overdue) = overdue else { return state.cancel(cause) };
    cancel_aside(state, cause);
    let end = Instant::now() + overdue.deadline;
    while !word.stop.load(Ordering::Acquire) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            overdue.end(cause);
        }
        read_byte(reader, Some(left));
    }
}

/// On a thread of its own: a callback that hangs must not put the deadline off.
fn cancel_aside(state: &Arc<State>, cause: Cause) {
    let aside = Arc::clone(state);
    let spawned = Builder::new().name("hooks-cancelled".to_owned()).spawn(move || aside.cancel(cause));
    if spawned.is_err() {
        state.cancel(cause);
    }
}

/// None: the watcher is to end.
fn first_cause(reader: i32, word: &Word) -> Option<Cause> {
    loop {
        if word.stop.load(Ordering::Acquire) {
            return None;
        }
        if let Some(signal) = handler::asked() {
            return Some(Cause::Signal(signal));
        }
        if word.requested.load(Ordering::Acquire) {
            return Some(Cause::Requested);
        }
        read_byte(reader, None);
    }
}

/// Waits for bytes and takes one. Wakes for nothing at times: who calls looks again at what it waits for.
fn read_byte(reader: i32, limit: Option<Duration>) {
    let milliseconds = limit.map_or(-1, |limit| i32::try_from(limit.as_millis() + 1).unwrap_or(i32::MAX));
    let mut entry = libc::pollfd { fd: reader, events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry, which lives through the call.
    if unsafe { libc::poll(&raw mut entry, 1, milliseconds) } == 1 {
        let mut byte = 0_u8;
        // SAFETY: one byte is read into a live local. If another watcher took it meanwhile, its last one comes.
        unsafe { libc::read(reader, (&raw mut byte).cast(), 1) };
    }
}
