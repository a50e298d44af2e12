//! What the process and each thread need before a fault: the handler, a stack for it, a mask that lets both signals through.

use super::copy::ROUTINES;
use super::{machine, owner};
use crate::signals::stack::{AlternateStack, SIZE, current};
use std::cell::Cell;
use std::sync::atomic::Ordering;

/// Makes this process and this thread ready for faults.
///
/// # Errors
/// Where the system refuses the handler.
pub(in crate::fault) fn prepare() -> std::io::Result<()> {
    ROUTINES.short_read.store(machine::fastest_short_read() as *mut (), Ordering::Relaxed);
    owner::install()?;
    owner::check_owner();
    prepare_thread();
    Ok(())
}

/// Makes this thread ready for faults.
pub(in crate::fault) fn prepare_thread() {
    ensure_stack();
    owner::unblock();
}

/// Once a thread: a signal stack of our size, unless it has one as large; where the system has no memory for it the thread
/// stays as it is. In a signal handler, where the stack in use cannot be changed, nothing.
fn ensure_stack() {
    thread_local! {
        static STACK: ThreadStack = ThreadStack::of_thread();
    }
    if current().is_ok_and(|stack| stack.ss_flags & libc::SS_ONSTACK == 0) {
        // While the thread ends it has what std has left it.
        let _ = STACK.try_with(|_| ());
    }
}

struct ThreadStack(Option<AlternateStack>);

impl ThreadStack {
    fn of_thread() -> Self {
        let is_enough =
            |stack: libc::stack_t| stack.ss_flags & libc::SS_DISABLE == 0 && stack.ss_size >= SIZE;
        ThreadStack(if current().is_ok_and(is_enough) { None } else { AlternateStack::new().ok() })
    }
}

impl Drop for ThreadStack {
    fn drop(&mut self) {
        // The main thread's is in use until the process ends.
        // SAFETY: no memory is passed.
        if unsafe { libc::gettid() == libc::getpid() } {
            std::mem::forget(self.0.take());
        }
    }
}

/// The same for a thread that comes later, and now and then for one that has been here.
#[inline]
pub(in crate::fault) fn prepare_thread_now_and_then() {
    thread_local! {
        static ENTRIES: Cell<u8> = const { Cell::new(0) };
    }
    let entries = ENTRIES.get();
    // Every 64th time: to ask the clock takes longer than all the rest.
    ENTRIES.set((entries + 1) % 64);
    if entries == 0 {
        prepare_thread_anew();
    }
}

/// What takes system calls of this thread is done at its first entry, and after that once a second.
#[cold]
fn prepare_thread_anew() {
    thread_local! {
        static SECOND: Cell<u64> = const { Cell::new(u64::MAX) };
    }
    let now = owner::second();
    if SECOND.replace(now) != now {
        prepare_thread();
    }
    owner::check_owner_now_and_then(now);
}
