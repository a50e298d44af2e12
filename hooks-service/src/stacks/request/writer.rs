//! The thread that takes and writes dumps.

use super::handler::{self, BELL};
use super::output::Output;
use crate::process::lock;
use crate::process::proc::Stat;
use crate::stacks::capture::Capture;
use crate::stacks::dump::State;
use crate::stacks::error::Error;
use crate::stacks::spare::with_spare;
use crate::stacks::target::{Counts, Target};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How much lower than others the thread's priority is: at full load it gets a tenth of a processor, and the service the rest.
const NICE: c_int = 10;
/// How long to wait for someone else's dump to end.
const TURN: Duration = Duration::from_secs(2);

/// How long the thread that the signal has interrupted may take to sleep again.
const MOMENT: Duration = Duration::from_millis(20);

/// See the module.
#[derive(Debug)]
pub(super) struct Writer {
    signal: c_int,
    interval: Duration,
    /// What the handler had counted when this began.
    before: u64,
    output: Mutex<Output>,
    last_error: Mutex<Option<String>>,
    written: AtomicU64,
    left_out: AtomicU64,
    failed: AtomicU64,
    stopping: AtomicBool,
}

impl Writer {
    pub(super) fn new(signal: i32, target: &Target, interval: Duration) -> Result<Self, Error> {
        Ok(Self {
            signal,
            interval,
            before: handler::received(),
            output: Output::open(&target.0).map_err(Error::kernel("open")).map(Mutex::new)?,
            last_error: Mutex::new(None),
            written: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        })
    }

    pub(super) fn spawn(self: Arc<Self>) -> Result<JoinHandle<()>, Error> {
        let thread = thread::Builder::new().name("hooks-stacks".into());
        thread.spawn(move || self.run()).map_err(Error::kernel("thread spawn"))
    }

    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        BELL.ring();
    }

    pub(super) fn counts(&self) -> Counts {
        let written = self.written.load(Ordering::Acquire);
        let left_out = self.left_out.load(Ordering::Acquire);
        let failed = self.failed.load(Ordering::Acquire);
        // Last, so that what was answered was received.
        let received = handler::received() - self.before;
        let under_way = received.saturating_sub(written + left_out + failed);
        Counts { received, written, left_out, failed, under_way }
    }

    pub(super) fn last_error(&self) -> Option<String> {
        lock(&self.last_error).clone()
    }

    fn run(&self) {
        block(self.signal);
        // SAFETY: takes a number. On Linux it is of this thread alone.
        unsafe { libc::nice(NICE) };
        let mut allowed = Some(Instant::now());
        let mut answered = self.before;
        while let Some(received) = self.wait(answered) {
            let requests = received - std::mem::replace(&mut answered, received);
            let excess = if allowed.is_some_and(|allowed| Instant::now() >= allowed) {
                self.dump();
                // No time at all: never again.
                allowed = Instant::now().checked_add(self.interval);
                requests - 1
            } else {
                requests
            };
            self.left_out.fetch_add(excess, Ordering::Release);
        }
    }

    /// Waits for a request, and returns how many there were ever. `None`: it is to end.
    fn wait(&self, answered: u64) -> Option<u64> {
        loop {
            let rung = BELL.count();
            if self.stopping.load(Ordering::Acquire) {
                return None;
            }
            match handler::received() {
                received if received > answered => return Some(received),
                _ => BELL.wait(rung, None),
            }
        }
    }

    fn dump(&self) {
        match self.take_and_write() {
            Ok(()) => self.written.fetch_add(1, Ordering::Release),
            Err(error) => {
                let error = error.to_string();
                lock(&self.output).complain(&error, &self.stopping);
                *lock(&self.last_error) = Some(error);
                self.failed.fetch_add(1, Ordering::Release)
            }
        };
    }

    fn take_and_write(&self) -> Result<(), Error> {
        let_sleep(handler::interrupted());
        let dump = Capture::new().interval(Duration::ZERO).take_in_turn(TURN)?;
        // For the names: files are opened one after the other.
        let mut output = lock(&self.output);
        with_spare(|| output.write(&dump, &self.stopping)).map_err(Error::kernel("write"))
    }
}

/// Waits until a thread that a signal has woken sleeps again, as it did when the dump was asked for; one that did not is not
/// waited for long.
fn let_sleep(tid: libc::pid_t) {
    let until = Instant::now() + MOMENT;
    while Instant::now() < until && is_running(tid) {
        thread::sleep(MOMENT / 20);
    }
}

fn is_running(tid: libc::pid_t) -> bool {
    let text = std::fs::read(format!("/proc/self/task/{tid}/stat")).unwrap_or_default();
    Stat::parse(&text).is_some_and(|stat| State::of_letter(stat.state) == State::Running)
}

/// Others take the signal: this thread is the one with work to do.
fn block(signal: c_int) {
    let mut mask = MaybeUninit::uninit();
    // SAFETY: a local that is initialised first; changes this thread's mask only.
    unsafe {
        libc::sigemptyset(mask.as_mut_ptr());
        libc::sigaddset(mask.as_mut_ptr(), signal);
        libc::pthread_sigmask(libc::SIG_BLOCK, mask.as_ptr(), std::ptr::null_mut());
    }
}
