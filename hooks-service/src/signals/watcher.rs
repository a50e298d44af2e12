//! The thread between the signal handler and those who wait: it may lock, allocate and take its time.

use super::Cause;
use super::handler;
use super::overdue::Overdue;
use super::state::{Audience, State};
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
    /// The signals are caught by now.
    pub(super) fn start(state: Arc<State>, signals: Vec<i32>, overdue: Option<Overdue>) -> io::Result<Self> {
        let word = Arc::new(Word::default());
        let told = Arc::clone(&word);
        let reader = pipe()?.0.as_raw_fd();
        let watch = move || {
            let_through(&signals);
            watch(reader, &state, &told, overdue);
            // A byte may have been meant for the watcher of a shutdown that began before this one's thread had ended.
            handler::wake();
        };
        let thread = Builder::new().name("hooks-shutdown".to_owned()).spawn(watch)?;
        Ok(Self { word, thread: Mutex::new(Some(thread)) })
    }

    /// As if a signal had come.
    pub(super) fn request(&self) {
        if !self.word.requested.swap(true, Ordering::AcqRel) {
            handler::wake();
        }
    }

    pub(super) fn is_requested(&self) -> bool {
        self.word.requested.load(Ordering::Acquire)
    }

    /// Tells the thread to end, and with it the wait for the deadline.
    pub(super) fn stop(&self) {
        self.word.stop.store(true, Ordering::Release);
        handler::wake();
    }

    /// Waits for the end of the thread.
    pub(super) fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A callback that stops it runs on the watcher itself where there was no other thread to be had.
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
            never_block(pipe.1.as_raw_fd())?;
            *made = Some((me, pipe));
            Ok(pipe)
        }
    }
}

/// Who finds the pipe full need not write: there is enough in it to wake the watcher.
fn never_block(writer: i32) -> io::Result<()> {
    // SAFETY: takes numbers; the description is that of the pipe's write end only.
    match unsafe { libc::fcntl(writer, libc::F_SETFL, libc::O_NONBLOCK) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// What a parent blocks is blocked in every thread that does not say otherwise, and then nobody hears it. Go: the runtime's
/// threads do the same.
fn let_through(signals: &[i32]) {
    // SAFETY: a set of zeros is valid; the calls change the local and this thread's own mask.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for &signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
}

/// Stays until it is stopped, also without a deadline: it may be the only thread that lets the second signal through.
fn watch(reader: i32, state: &State, word: &Word, overdue: Option<Overdue>) {
    let Some(cause) = first_cause(reader, word) else { return };
    if let Some(audience) = state.decide(cause) {
        tell_aside(audience);
    }
    // One that is further away than the clock counts is none.
    let end = overdue.as_ref().and_then(|overdue| Instant::now().checked_add(overdue.deadline));
    let left = || end.map(|end| end.saturating_duration_since(Instant::now()));
    while left() != Some(Duration::ZERO) {
        if word.stop.load(Ordering::Acquire) {
            return;
        }
        read_byte(reader, left());
    }
    if let Some(overdue) = overdue {
        overdue.end(cause);
    }
}

/// On a thread of its own: a callback that hangs must not put the deadline off, nor hold up `stop`.
fn tell_aside(audience: Audience) {
    let audience = Arc::new(Mutex::new(Some(audience)));
    let tell = |audience: &Mutex<Option<Audience>>| {
        if let Some(audience) = audience.lock().unwrap_or_else(PoisonError::into_inner).take() {
            audience.tell();
        }
    };
    let aside = Arc::clone(&audience);
    if Builder::new().name("hooks-cancelled".to_owned()).spawn(move || tell(&aside)).is_err() {
        tell(&audience);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wakes_the_watcher_does_not_wait_for_it() {
        handler::open(write_end().unwrap(), Duration::ZERO);
        // Shutdowns that are stopped before their watchers run leave their bytes to the next one's.
        (0..100_000).for_each(|_| handler::wake());
        handler::close();
    }
}
