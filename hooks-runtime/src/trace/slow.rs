//! Regions that took longer than they should.

use super::record::Kind;
use super::writer;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicPtr, Ordering};

static HOOK: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// See [`super::observe::set_slow_hook`].
pub(super) fn set_hook(hook: Option<fn(&'static str, u64)>) {
    let hook = hook.map_or(std::ptr::null_mut(), |hook| hook as *mut ());
    HOOK.store(hook, Ordering::Release);
}

/// The region of this site took so many nanoseconds.
#[cold]
pub(super) fn report(site: &'static &'static str, took: u64) {
    writer::record_with(Kind::Slow, std::ptr::from_ref(site).addr() as u64, |payload| {
        payload.unsigned(took);
    });
    let hook = HOOK.load(Ordering::Acquire);
    if !hook.is_null() {
        // SAFETY: only `set_hook` stores here, and only such functions.
        let hook = unsafe { std::mem::transmute::<*mut (), fn(&'static str, u64)>(hook) };
        // The region may be ending because its thread unwinds.
        let _ = catch_unwind(|| hook(site, took));
    }
}
