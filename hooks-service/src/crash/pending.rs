//! The latest panics of each thread, of which nobody knows yet whether they end the process.

use super::sink;
use crate::process::own_id;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many of a thread can belong to its end: a panic, and one in a destructor that it runs.
const MOST_OF_A_THREAD: usize = 2;

/// In the order of time. Of each thread for itself, and to its end: however many others panic when `main` has, because it
/// has, the panic of `main` is the one that counts.
pub(super) struct Pending {
    panics: Vec<Panic>,
}

struct Panic {
    thread: i32,
    text: String,
    /// Whether it is in the crash output already.
    written: bool,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { panics: Vec::new() });

/// At the end of a thread its panics have ended nothing else. Not of the main thread, whose thread-local storage is gone
/// when the exit of the process asks.
struct UntilTheThreadEnds;

impl Drop for UntilTheThreadEnds {
    fn drop(&mut self) {
        let ended = own_id();
        Pending::lock().panics.retain(|panic| panic.thread != ended);
    }
}

thread_local! {
    static OF_THIS_THREAD: UntilTheThreadEnds = const { UntilTheThreadEnds };
}

impl Pending {
    pub(super) fn lock() -> MutexGuard<'static, Self> {
        PENDING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the text of a panic of this thread.
    pub(super) fn keep(&mut self, text: &str, written: bool) {
        let thread = own_id();
        if !is_main_thread() {
            // In a destructor of thread-local storage it may be gone: then the text stays.
            let _ = OF_THIS_THREAD.try_with(|_| ());
        }
        let mut older = self.panics.iter().filter(|panic| panic.thread == thread).count();
        self.panics.retain(|panic| {
            let is_old = panic.thread == thread && older >= MOST_OF_A_THREAD;
            older -= usize::from(is_old);
            !is_old
        });
        self.panics.push(Panic { thread, text: text.to_owned(), written });
    }

    /// Writes the latest panics of this thread, at most so many, to the crash output, and tells the monitor; `false` if
    /// there are none.
    pub(super) fn write_latest(&mut self, most: usize) -> bool {
        let thread = own_id();
        let count = self.panics.iter().filter(|panic| panic.thread == thread).count();
        let of_this = self.panics.iter_mut().filter(|panic| panic.thread == thread);
        for panic in of_this.skip(count.saturating_sub(most)) {
            if !std::mem::replace(&mut panic.written, true) {
                sink::output_alone(panic.text.as_bytes());
            }
            sink::tell_text(panic.text.as_bytes());
        }
        count.min(most) > 0
    }
}

pub(super) fn is_main_thread() -> bool {
    // SAFETY: always succeeds.
    own_id() == unsafe { libc::getpid() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn texts(thread: i32) -> Vec<String> {
        let pending = Pending::lock();
        pending.panics.iter().filter(|panic| panic.thread == thread).map(|panic| panic.text.clone()).collect()
    }

    #[test]
    fn the_latest_of_each_thread_are_kept_to_its_end() {
        let (this, before) = (own_id(), Pending::lock().panics.len());
        for text in ["first", "second", "third"] {
            Pending::lock().keep(text, true);
        }
        for _ in 0..100 {
            let other = thread::spawn(|| {
                Pending::lock().keep("other", true);
                texts(own_id())
            });
            assert_eq!(other.join().unwrap(), ["other"]);
        }
        assert_eq!(texts(this), ["second", "third"]);
        assert_eq!(Pending::lock().panics.len(), before + 2, "of the others nothing is left");
    }
}
