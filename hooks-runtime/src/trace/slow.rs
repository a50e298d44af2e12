//! Regions that took longer than they should.

use super::record::Kind;
use super::writer;
use crate::hook::Hook;
use crate::sites::address;

/// The text of the region's site, and the nanoseconds.
static HOOK: Hook<(&'static str, u64)> = Hook::new();

/// See [`super::observe::set_slow_hook`].
pub(super) fn set_hook(hook: Option<fn(&'static str, u64)>) {
    match hook {
        Some(hook) => HOOK.set(move |(site, took)| hook(site, *took)),
        None => HOOK.set(|_| {}),
    }
}

/// The region of this site took so many nanoseconds.
#[cold]
pub(super) fn report(site: &'static &'static str, took: u64) {
    writer::record_with(Kind::Slow, address(site), |payload| {
        payload.unsigned(took);
    });
    HOOK.call(&(site, took));
}
