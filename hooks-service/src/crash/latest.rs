//! SIGNAL HANDLER, up to the mark. The latest panics of each thread, of which nobody knows yet whether they end the process:
//! that is known when it ends. Then what is here is read, in the handler of the abort or at the exit, on the same thread.

use super::sink;
use crate::process::fork::own_process;
use crate::process::own_id;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr};

/// So many of a thread can belong to its end: a panic, one in a destructor that it runs, and that of std which says so.
const MOST: usize = 3;

struct Panic {
    text: String,
    /// Whether it is in the crash output already.
    written: AtomicBool,
    before: AtomicPtr<Panic>,
}

thread_local! {
    /// The newest. Without a destructor: readable in a handler, and when the process exits.
    static LATEST: AtomicPtr<Panic> = const { AtomicPtr::new(ptr::null_mut()) };
}

/// Writes the panics of this thread, the newest of so many last, to the crash output and to the monitor; `false`: there are
/// none.
pub(super) fn write(most: usize) -> bool {
    // SAFETY: this thread's own, which is freed by it alone, and not while this runs.
    let mut next = LATEST.with(|latest| unsafe { latest.load(Acquire).as_ref() });
    let mut panics = [None; MOST];
    for place in panics.iter_mut().take(most) {
        *place = next;
        // SAFETY: as above.
        next = next.and_then(|panic| unsafe { panic.before.load(Acquire).as_ref() });
    }
    for panic in panics.iter().rev().flatten() {
        if !panic.written.swap(true, Relaxed) {
            sink::output_alone(panic.text.as_bytes());
        }
        sink::tell_text(panic.text.as_bytes());
    }
    panics.iter().any(Option::is_some)
}

/// Writes those that belong to what ends the process now, if it ends by a panic of this thread: it unwinds, or its hook
/// runs, or it has just aborted.
pub(super) fn write_if_panicking() -> bool {
    std::thread::panicking() && write(MOST)
}

pub(super) fn is_main_thread() -> bool {
    own_id().cast_unsigned() == own_process()
}

// The mark: what follows does not run in a handler.

/// At the end of a thread its panics have ended nothing else. Not of the main thread, whose thread-local storage is gone
/// when the exit of the process asks.
struct UntilTheThreadEnds;

impl Drop for UntilTheThreadEnds {
    fn drop(&mut self) {
        LATEST.with(drop_all);
    }
}

thread_local! {
    static OF_THIS_THREAD: UntilTheThreadEnds = const { UntilTheThreadEnds };
}

/// Keeps the text of a panic of this thread.
pub(super) fn keep(text: String, written: bool) {
    if !is_main_thread() {
        // In a destructor of thread-local storage it may be gone: then the text stays.
        let _ = OF_THIS_THREAD.try_with(|_| ());
    }
    LATEST.with(|latest| {
        let before = AtomicPtr::new(latest.load(Acquire));
        let panic = Box::new(Panic { text, written: AtomicBool::new(written), before });
        // From here on a handler may read it.
        latest.store(Box::into_raw(panic), Release);
        let mut last = latest;
        for _ in 0..MOST {
            // SAFETY: this thread's own, freed below alone.
            let Some(panic) = (unsafe { last.load(Acquire).as_ref() }) else { return };
            last = &panic.before;
        }
        drop_all(last);
    });
}

/// Frees a panic and those before it, after no handler finds them any more.
fn drop_all(first: &AtomicPtr<Panic>) {
    let mut next = first.swap(ptr::null_mut(), AcqRel);
    while !next.is_null() {
        // SAFETY: made by `keep` of this thread, and taken out of the list.
        let panic = unsafe { Box::from_raw(next) };
        next = panic.before.load(Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<String> {
        let mut texts = Vec::new();
        // SAFETY: this thread's own, in one piece.
        let mut next = LATEST.with(|latest| unsafe { latest.load(Acquire).as_ref() });
        while let Some(panic) = next {
            texts.push(panic.text.clone());
            // SAFETY: as above.
            next = unsafe { panic.before.load(Acquire).as_ref() };
        }
        texts
    }

    #[test]
    fn the_latest_of_each_thread_are_kept_to_its_end() {
        let keep = |text: &str| keep(text.to_owned(), true);
        assert!(!write(MOST));
        ["first", "second", "third", "fourth"].into_iter().for_each(keep);
        for _ in 0..100 {
            let other = std::thread::spawn(move || {
                ["other", "others"].into_iter().for_each(keep);
                texts()
            });
            assert_eq!(other.join().unwrap(), ["others", "other"]);
        }
        assert_eq!(texts(), ["fourth", "third", "second"]);
        assert!(write(1) && !write(0) && !write_if_panicking());
        assert_eq!(texts().len(), 3, "they are only read");
    }
}
