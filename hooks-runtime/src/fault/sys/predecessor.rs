//! SIGNAL HANDLER, as far as [`previous_of`]. The handlers that ours stands in front of: whom it hands on to.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// A handler that was there before ours.
struct Before {
    action: libc::sigaction,
    /// It has been called.
    called: AtomicBool,
}

/// The handlers that we stand in front of, one a signal. Never freed: a handler may be reading.
static PREVIOUS: [AtomicPtr<Before>; 2] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 2];
/// Those that were there at first, which know nothing of us.
static FIRST: [AtomicPtr<Before>; 2] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 2];

fn index(signal: c_int) -> usize {
    usize::from(signal == libc::SIGBUS)
}

/// The handler to hand on to; the first one for a signal that comes round `again`. One that asked to be called once
/// (`SA_RESETHAND`) has given way to the default action then, as if the kernel called it.
pub(super) fn previous_of(signal: c_int, again: bool) -> libc::sigaction {
    let previous = if again { &FIRST } else { &PREVIOUS };
    let previous = previous[index(signal)].load(Ordering::Acquire);
    // SAFETY: null, or leaked by `remember`.
    let previous = unsafe { previous.as_ref() };
    let due = previous.filter(|before| {
        before.action.sa_flags & libc::SA_RESETHAND == 0 || !before.called.swap(true, Ordering::Relaxed)
    });
    // SAFETY: plain data, of which all zeroes are valid and mean the default.
    due.map_or_else(|| unsafe { std::mem::zeroed() }, |before| before.action)
}

/// From now on it is the one to hand on to.
pub(super) fn remember(signal: c_int, action: libc::sigaction) {
    let previous = Box::into_raw(Box::new(Before { action, called: AtomicBool::new(false) }));
    PREVIOUS[index(signal)].store(previous, Ordering::Release);
    let first = &FIRST[index(signal)];
    let _ = first.compare_exchange(std::ptr::null_mut(), previous, Ordering::AcqRel, Ordering::Relaxed);
}

/// The functions that are handed on to.
pub(super) fn handlers() -> impl Iterator<Item = libc::sighandler_t> {
    // SAFETY: null, or leaked by `remember`.
    let before = |previous: &AtomicPtr<Before>| unsafe { previous.load(Ordering::Acquire).as_ref() };
    PREVIOUS.iter().filter_map(before).map(|before| before.action.sa_sigaction)
}
