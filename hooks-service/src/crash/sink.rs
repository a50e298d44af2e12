//! SIGNAL HANDLER. Writing to stderr, the crash output and the monitor: plain system calls, no allocation, no lock, and
//! no wait without an end. Also used outside of handlers.

use super::text::{CHUNK, Line};
use super::wire::{self, Kind};
use crate::process::descriptor::Kept;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The crash output, once it is installed.
pub(super) static OUTPUT: Kept = Kept::none();
/// The socket to the monitor, if there is one.
pub(super) static MONITOR: Kept = Kept::none();
/// How long a dying process waits for its monitor, in milliseconds.
pub(super) static MONITOR_WAIT: AtomicU32 = AtomicU32::new(0);
/// Stderr, for as long as it is a pipe to the monitor.
pub(super) static TEE: Kept = Kept::none();
/// Where stderr went before.
pub(super) static STDERR_BEFORE_TEE: Kept = Kept::none();

/// A reader that does not read for so long is given up, in milliseconds.
const PATIENCE: i32 = 2_000;

/// Whether the crash output has failed, which is said once.
static OUTPUT_FAILED: AtomicBool = AtomicBool::new(false);

/// Whether the reader at the other end was waited for in vain. It is not waited for again until it has read.
struct Reader {
    given_up: AtomicBool,
}

static OUTPUT_READER: Reader = Reader { given_up: AtomicBool::new(false) };
static STDERR_READER: Reader = Reader { given_up: AtomicBool::new(false) };
static TEE_READER: Reader = Reader { given_up: AtomicBool::new(false) };
static MONITOR_READER: Reader = Reader { given_up: AtomicBool::new(false) };

impl Reader {
    /// Whether it takes something within [`PATIENCE`].
    fn takes(&self, descriptor: RawFd) -> bool {
        let patience = if self.given_up.load(Relaxed) { 0 } else { PATIENCE };
        let takes = ready(descriptor, libc::POLLOUT, patience);
        self.given_up.store(!takes, Relaxed);
        takes
    }
}

/// A part of the report, written when it is complete.
pub(super) struct Report {
    pub(super) line: Line<CHUNK>,
}

impl Report {
    pub(super) fn new() -> Self {
        Self { line: Line::new() }
    }

    pub(super) fn flush(&mut self) {
        both(self.line.bytes());
        self.line = Line::new();
    }

    /// For parts that may be longer than the buffer: called where a line ends.
    pub(super) fn flush_if_full(&mut self) {
        if self.line.bytes().len() > CHUNK - 1024 {
            self.flush();
        }
    }
}

/// Writes to stderr and to the crash output, and tells the monitor.
pub(super) fn both(bytes: &[u8]) {
    for chunk in bytes.chunks(CHUNK) {
        tell(Kind::Text, chunk);
        // A monitor that takes stderr over writes what comes there to the crash output itself.
        if is_teed() && write(libc::STDERR_FILENO, &TEE_READER, chunk).is_ok() {
            continue;
        }
        let _ = write(stderr(), &STDERR_READER, chunk);
        file(chunk);
    }
}

/// Writes to stderr alone, as far as that is possible: a tee copies everything.
pub(super) fn stderr_alone(bytes: &[u8]) {
    if !is_teed() || write(libc::STDERR_FILENO, &TEE_READER, bytes).is_err() {
        let _ = write(stderr(), &STDERR_READER, bytes);
    }
}

/// Writes to the crash output alone; nothing under a tee, where it is to be the same as stderr.
pub(super) fn output_alone(bytes: &[u8]) {
    if !is_teed() {
        file(bytes);
    }
}

fn file(bytes: &[u8]) {
    let Some(output) = OUTPUT.get() else {
        if OUTPUT.is_lost() {
            say_that_it_failed(None);
        }
        return;
    };
    if let Err(error) = write(output, &OUTPUT_READER, bytes) {
        say_that_it_failed(Some(error));
    }
}

/// On stderr, once.
fn say_that_it_failed(error: Option<i32>) {
    if OUTPUT_FAILED.swap(true, Relaxed) {
        return;
    }
    let mut line = Line::<96>::new();
    line.text("crash output: ");
    if let Some(error) = error {
        line.text("cannot be written (error ");
        line.number(error.unsigned_abs().into());
        line.text(")");
    } else {
        line.text("its descriptor was closed");
    }
    line.text(", the report is on stderr only\n");
    let _ = write(stderr(), &STDERR_READER, line.bytes());
}

/// Sends the text of a report to the monitor.
pub(super) fn tell_text(bytes: &[u8]) {
    bytes.chunks(CHUNK).for_each(|chunk| tell(Kind::Text, chunk));
}

/// Sends a message to the monitor, if there is one.
pub(super) fn tell(kind: Kind, payload: &[u8]) {
    let Some(monitor) = MONITOR.get() else { return };
    let mut message = wire::Message::new(kind);
    message.bytes(payload);
    send(monitor, &message);
}

/// Sends `message`, unless the monitor does not listen for [`PATIENCE`].
pub(super) fn send(monitor: RawFd, message: &wire::Message) {
    let bytes = message.finished();
    loop {
        if !MONITOR_READER.takes(monitor) {
            return;
        }
        let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
        // SAFETY: reads from the slice.
        let sent = unsafe { libc::send(monitor, bytes.as_ptr().cast(), bytes.len(), flags) };
        if sent >= 0 || !matches!(errno(), libc::EINTR | libc::EAGAIN) {
            return;
        }
    }
}

/// The time that a dying process waits for its monitor, for all words together. It begins with the first.
#[derive(Default)]
pub(super) struct MonitorWait(Option<Instant>);

impl MonitorWait {
    /// Waits until the monitor says so of a report; `false`: it does not, in the time that was set.
    pub(super) fn until_it_says(&mut self, word: Kind) -> bool {
        let Some(monitor) = MONITOR.get() else { return false };
        let wait = Duration::from_millis(MONITOR_WAIT.load(Relaxed).into());
        let until = *self.0.get_or_insert_with(|| Instant::now() + wait);
        loop {
            let left = until.saturating_duration_since(Instant::now()).as_millis();
            if !ready(monitor, libc::POLLIN, i32::try_from(left).unwrap_or(i32::MAX)) {
                return false;
            }
            // The word for an earlier question may come late; one that is none is the end.
            match next_word(monitor) {
                Some(said) if said == word => return true,
                Some(_) => {}
                None => return false,
            }
        }
    }
}

fn next_word(monitor: RawFd) -> Option<Kind> {
    let mut message = [0_u8; 16];
    // SAFETY: writes into the local.
    let read = unsafe { libc::recv(monitor, message.as_mut_ptr().cast(), message.len(), libc::MSG_DONTWAIT) };
    let message = message.get(..usize::try_from(read).ok()?)?;
    wire::Received::new(message).map(|message| message.kind)
}

fn is_teed() -> bool {
    TEE.get().is_some()
}

/// Where stderr really goes: with a tee whose monitor is gone, where it went before.
fn stderr() -> RawFd {
    let before = if is_teed() { STDERR_BEFORE_TEE.get() } else { None };
    before.unwrap_or(libc::STDERR_FILENO)
}

/// Writes all of `bytes`, unless the other end does not take them for [`PATIENCE`]. In chunks, for a pipe that is ready
/// takes no more without waiting.
fn write(descriptor: RawFd, reader: &Reader, bytes: &[u8]) -> Result<(), i32> {
    let mut rest = bytes;
    while !rest.is_empty() {
        if !reader.takes(descriptor) {
            return Err(libc::ETIMEDOUT);
        }
        let chunk = rest.get(..CHUNK).unwrap_or(rest);
        let written = with_file_size_signal_blocked(|| {
            // SAFETY: reads from the slice.
            unsafe { libc::write(descriptor, chunk.as_ptr().cast(), chunk.len()) }
        });
        match usize::try_from(written) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(_) if matches!(errno(), libc::EINTR | libc::EAGAIN) => {}
            Err(_) => return Err(errno()),
        }
    }
    Ok(())
}

/// A file at its size limit sends `SIGXFSZ`, which would end the process before its report is out.
fn with_file_size_signal_blocked(write: impl FnOnce() -> isize) -> isize {
    // SAFETY: both sets are initialised before they are used; the mask is put back below.
    let (signal, before) = unsafe {
        let mut signal = std::mem::zeroed();
        let mut before = std::mem::zeroed();
        libc::sigemptyset(&raw mut signal);
        libc::sigaddset(&raw mut signal, libc::SIGXFSZ);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const signal, &raw mut before);
        (signal, before)
    };
    let written = write();
    let error = errno();
    // SAFETY: takes the signal that the write may have sent to this thread, and puts the mask back.
    unsafe {
        if written < 0 && error == libc::EFBIG {
            let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            libc::sigtimedwait(&raw const signal, std::ptr::null_mut(), &raw const at_once);
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        *libc::__errno_location() = error;
    }
    written
}

/// Whether `descriptor` becomes ready within so many milliseconds.
pub(super) fn ready(descriptor: RawFd, events: i16, milliseconds: i32) -> bool {
    let mut entry = libc::pollfd { fd: descriptor, events, revents: 0 };
    loop {
        // SAFETY: one entry, a local.
        let count = unsafe { libc::poll(&raw mut entry, 1, milliseconds) };
        if count >= 0 || errno() != libc::EINTR {
            return count > 0;
        }
    }
}

pub(super) fn errno() -> i32 {
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() }
}
