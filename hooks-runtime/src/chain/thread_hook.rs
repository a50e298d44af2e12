//! What each thread calls once, at its first scope.

use std::sync::atomic::{AtomicPtr, Ordering};

static HOOK: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// See [`crate::labels::observe::set_thread_hook`].
pub(crate) fn set(hook: Option<fn()>) {
    let hook = hook.map_or(std::ptr::null_mut(), |hook| hook as *mut ());
    HOOK.store(hook, Ordering::Release);
}

pub(super) fn run() {
    let hook = HOOK.load(Ordering::Acquire);
    if !hook.is_null() {
        // SAFETY: only `set` stores here, and only `fn()`s.
        let hook = unsafe { std::mem::transmute::<*mut (), fn()>(hook) };
        hook();
    }
}
