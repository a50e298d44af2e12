//! SIGNAL HANDLER, as far as [`is_known`].
//!
//! Whether a thread has ever had a scope, without a look at our thread-locals: in a library that was loaded by `dlopen`, and
//! on some systems in the program too, the first look on a thread allocates them, and `malloc` is not for signal handlers.
//! POSIX's own thread-specific data is asked instead: reading that allocates nothing.

#[cfg(all(unix, not(miri)))]
mod system {
    use std::sync::Once;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// One more than the key's number. 0: no thread has had a scope. [`NO_KEY`]: the program has used up its keys.
    static KEY: AtomicU64 = AtomicU64::new(0);
    const NO_KEY: u64 = u64::MAX;

    pub(in crate::chain) fn note() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| KEY.store(made().unwrap_or(NO_KEY), Ordering::Release));
        if let Some(key) = key(KEY.load(Ordering::Acquire)) {
            // Where it is refused, readers do not see the thread's scopes.
            //
            // SAFETY: a key of ours, and a value that nobody reads through.
            unsafe { libc::pthread_setspecific(key, (&raw const KEY).cast()) };
        }
    }

    #[allow(clippy::unnecessary_fallible_conversions, reason = "on other systems keys have a sign")]
    fn made() -> Option<u64> {
        let mut key = 0;
        // SAFETY: room for a key. Without a destructor.
        let outcome = unsafe { libc::pthread_key_create(&raw mut key, None) };
        u64::try_from(key).ok().filter(|_| outcome == 0).map(|key| key + 1)
    }

    fn key(stored: u64) -> Option<libc::pthread_key_t> {
        if stored == NO_KEY { None } else { stored.checked_sub(1)?.try_into().ok() }
    }

    /// Async-signal-safe.
    pub(in crate::chain) fn is_known() -> bool {
        match KEY.load(Ordering::Acquire) {
            0 => false,
            NO_KEY => true,
            // SAFETY: a key of ours.
            stored => key(stored).is_some_and(|key| !unsafe { libc::pthread_getspecific(key) }.is_null()),
        }
    }
}

#[cfg(not(all(unix, not(miri))))]
mod system {
    pub(in crate::chain) fn note() {}

    pub(in crate::chain) fn is_known() -> bool {
        true
    }
}

pub(super) use system::{is_known, note};
