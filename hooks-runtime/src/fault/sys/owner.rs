//! Who has `SIGSEGV` and `SIGBUS`: this crate from its first map on, in front of whoever had them before.
//!
//! In front, because handlers that report crashes report every fault that reaches them, and a recovered one is none. If
//! someone steps in front of us later, we step in front again and remember who it was; the two may then hold each other
//! for the previous one, which the handler sees and breaks.

use super::handler::{self, Counters};
use super::library;
use super::predecessor::{self, remember};
use crate::mutex::lock;
use crate::signals::action::{current, set};
use crate::signals::handler::{FAULTS, all_but};
use std::ffi::{CStr, c_int};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// How often somebody had put a handler in front of ours.
static DISPLACED: AtomicU64 = AtomicU64::new(0);

/// Recovered, poisoned, passed on, displaced.
pub(in crate::fault) fn counts() -> [u64; 4] {
    let Counters { recovered, poisoned, passed_on } = handler::counters();
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    [read(recovered), read(poisoned), read(passed_on), read(&DISPLACED)]
}

static INSTALLING: Mutex<()> = Mutex::new(());
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Once: takes both signals.
pub(super) fn install() -> std::io::Result<()> {
    if INSTALLED.load(Ordering::Acquire) {
        return Ok(());
    }
    let installing = lock(&INSTALLING);
    for signal in SIGNALS {
        take(signal)?;
    }
    INSTALLED.store(true, Ordering::Release);
    // Not under the lock: a library's constructor that makes a map waits for it, and has the linker's.
    drop(installing);
    predecessor::handlers().for_each(library::keep);
    Ok(())
}

/// Lets both signals through to this thread: the kernel ends a process whose thread faults while it blocks them.
pub(super) fn unblock() {
    // SAFETY: a local set, plain data of which all zeroes are the empty one; the thread's own mask.
    unsafe {
        let mut set = std::mem::zeroed();
        for signal in SIGNALS {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
}

/// Puts our handler in front of the one that is there.
fn take(signal: c_int) -> std::io::Result<()> {
    let found = current(signal)?;
    if handler::is_ours(&found) {
        return Ok(());
    }
    // Before ours is there, so that it always knows whom it stands in front of.
    remember(signal, found);
    // SAFETY: plain data, of which all zeroes are valid.
    let mut ours: libc::sigaction = unsafe { std::mem::zeroed() };
    ours.sa_sigaction = handler::ours();
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // What waits while our handler runs: std's alternate stack, 8 KiB, has no room for two handlers. A fault cannot wait.
    ours.sa_mask = all_but(FAULTS.into_iter().chain([libc::SIGABRT, libc::SIGSYS]));
    // SAFETY: the handler has the signature that SA_SIGINFO asks for, and lives for ever.
    let replaced = unsafe { set(signal, &ours)? };
    if replaced.sa_sigaction != found.sa_sigaction && !handler::is_ours(&replaced) {
        remember(signal, replaced);
    }
    Ok(())
}

/// Somebody who had put a handler in front of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Displaced {
    /// `SIGSEGV` or `SIGBUS`.
    pub signal: i32,
    /// The program or library that the handler is in, as the dynamic linker names it; `None` for the default action and
    /// where the linker does not know.
    pub library: Option<String>,
}

/// Steps in front again where someone else did, and tells who.
pub(in crate::fault) fn check_owner() -> Vec<Displaced> {
    let displaced = take_back();
    DISPLACED.fetch_add(displaced.len() as u64, Ordering::Relaxed);
    displaced
}

/// Steps in front of a handler that its owner has installed knowing of us. Nothing where there are no maps.
pub fn step_in_front() {
    take_back();
}

fn take_back() -> Vec<Displaced> {
    let mut displaced = Vec::new();
    if !INSTALLED.load(Ordering::Acquire) {
        return displaced;
    }
    // Where another thread is at it, it finds the same. In a forked child that thread may not be there any more.
    let Ok(_installing) = INSTALLING.try_lock() else { return displaced };
    for signal in SIGNALS {
        let Ok(found) = current(signal) else { continue };
        if !handler::is_ours(&found) && take(signal).is_ok() {
            let library = library::of(found.sa_sigaction).map(CStr::to_string_lossy);
            displaced.push(Displaced { signal, library: library.map(Into::into) });
            library::keep(found.sa_sigaction);
        }
    }
    displaced
}

/// The same where a library has been loaded, whose constructors may take signals, and else at most once a second.
pub(in crate::fault) fn check_owner_now_and_then(now: u64) {
    static LAST: AtomicU64 = AtomicU64::new(0);
    static LOADED: AtomicU64 = AtomicU64::new(0);
    let loaded = library::loaded();
    let is_due = LAST.swap(now, Ordering::Relaxed) != now;
    if LOADED.swap(loaded, Ordering::Relaxed) != loaded || is_due {
        check_owner();
    }
}

/// The second that it is, of a clock that costs no system call.
pub(super) fn second() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    now.tv_sec.unsigned_abs()
}
