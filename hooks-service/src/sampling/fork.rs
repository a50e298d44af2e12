//! A forked child is not sampled, and may take a profile of its own.

use super::handler;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// Id of the process that takes a profile, 0: none does.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Claims the process's one profile; `false` if it is being taken.
pub(super) fn claim() -> bool {
    static REGISTER: Once = Once::new();
    // SAFETY: `in_child` is async-signal-safe, which is what code in a forked child must be.
    REGISTER.call_once(|| _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) });
    let me = std::process::id();
    // A child made by a plain system call did not run `in_child`.
    if !matches!(OWNER.load(Ordering::Acquire), 0) && OWNER.load(Ordering::Acquire) != me {
        in_child_of_other();
    }
    OWNER.compare_exchange(0, me, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// Gives the claim back.
pub(super) fn release() {
    OWNER.store(0, Ordering::Release);
}

/// The child has no timers (the kernel does not pass them on) and no drain thread. What is left is to forget the
/// parent's session, which is never freed here: a lock of it may be held by a thread that does not exist.
unsafe extern "C" fn in_child() {
    in_child_of_other();
}

fn in_child_of_other() {
    let session = handler::abandon();
    // SAFETY: the parent's session, of which the child has a copy that nobody frees.
    if let Some(session) = unsafe { session.as_ref() } {
        session.threads.close_events_in_child();
    }
    OWNER.store(0, Ordering::Release);
}
