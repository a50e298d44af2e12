//! SIGNAL HANDLER, up to the mark. The latest panics, of which nobody knows yet whether they end the process: that is known
//! when it ends. Then what is here is read, in the handler of the abort or at the exit.
//!
//! Of each thread the latest are kept to its end, to be told by the thread that ends the process; of the process those of any
//! thread, also of one that has ended, since what kills a service is often that another panic was not its end.

use super::sink;
use super::text::Line;
use crate::process::fork::own_process;
use crate::process::own_id;
use std::array;
use std::backtrace::Backtrace;
use std::fmt::Write;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr};
use std::time::Instant;

/// So many of a thread can belong to its end: a panic, one in a destructor that it runs, and that of std which says so.
pub(super) const MOST: usize = 3;
/// So many are told that were before, of any thread.
const MOST_EARLIER: usize = 4;
/// So much is told of each of those.
const MOST_TEXT: usize = 4096;

/// What there is to tell of a panic.
pub(super) struct Told {
    text: String,
    /// Where the text has none: its names are looked up at an exit, not in a handler.
    pub(super) stack: Option<Backtrace>,
    when: Instant,
    /// Whether stderr has the text too. Where a hook of the program's has its own words there, no more is added.
    on_stderr: bool,
    /// Whether it is in the crash output already.
    written: AtomicBool,
}

/// The panics before one, of any thread, newest first.
type Earlier = [Option<Arc<Told>>; MOST_EARLIER];

/// A panic of a thread.
struct Panic {
    thread: i32,
    told: Arc<Told>,
    earlier: Earlier,
    before: AtomicPtr<Panic>,
}

thread_local! {
    /// The newest. Without a destructor: readable in a handler, and when the process exits.
    static LATEST: AtomicPtr<Panic> = const { AtomicPtr::new(ptr::null_mut()) };
}

/// Those of the thread that ended last: the one that calls `exit` ends so too, before the exit asks for its panics.
static OF_ENDED: AtomicPtr<Panic> = AtomicPtr::new(ptr::null_mut());
/// The newest of the process.
static LATEST_OF_ALL: AtomicPtr<Earlier> = AtomicPtr::new(ptr::null_mut());
/// The process dies: from here on nothing is freed that the two above have led to.
static READ: AtomicBool = AtomicBool::new(false);

impl Told {
    /// To the crash output, unless it is there, and to the monitor.
    fn write(&self) {
        if !self.written.swap(true, Relaxed) {
            sink::output_alone(self.text.as_bytes());
        }
        sink::tell_text(self.text.as_bytes());
    }

    /// To where the text is.
    pub(super) fn add(&self, bytes: &[u8]) {
        if self.on_stderr {
            return sink::both(bytes);
        }
        sink::output_alone(bytes);
        sink::tell_text(bytes);
    }

    /// As one of those that may have to do with the end, or not.
    fn write_as_earlier(&self) {
        let mut line = Line::<96>::new();
        let _ = writeln!(line, "\n{} s before:", self.when.elapsed().as_secs());
        self.add(line.bytes());
        let text = self.text.trim_start().as_bytes();
        self.add(text.get(..MOST_TEXT).unwrap_or(text));
        if text.len() > MOST_TEXT {
            self.add(b"\n.. and so on\n");
        }
    }
}

/// The panics of this thread, newest first.
fn own<'a>() -> [Option<&'a Panic>; MOST] {
    // SAFETY: this thread's own, which is freed by it alone, and not while this is read: at the end of the process.
    let mut next = LATEST.with(|latest| unsafe { latest.load(Acquire).as_ref() });
    if next.is_none() {
        READ.store(true, SeqCst);
        // SAFETY: null, or put there by a thread that ended; since `READ` is set whoever puts another there frees nothing.
        next = unsafe { OF_ENDED.load(SeqCst).as_ref() }.filter(|panic| panic.thread == own_id());
    }
    array::from_fn(|_| {
        let panic = next;
        // SAFETY: as above.
        next = next.and_then(|panic| unsafe { panic.before.load(Acquire).as_ref() });
        panic
    })
}

/// Writes the panics of this thread, the newest of so many last, to the crash output and to the monitor, and returns the
/// newest; `None`: there are none.
pub(super) fn write<'a>(most: usize) -> Option<&'a Told> {
    let panics = own();
    panics.iter().take(most).rev().flatten().for_each(|panic| panic.told.write());
    panics[0].map(|panic| &*panic.told)
}

/// Writes what panicked before the process's end, in any thread: before the panics of this thread that were written, where
/// those are the end. `also` is called after each.
pub(super) fn write_earlier(also: &dyn Fn(&Told)) {
    let of_this = own().into_iter().flatten().filter(|panic| panic.told.written.load(Relaxed));
    let earlier = of_this.last().map(|panic| &panic.earlier).or_else(earlier_of_all);
    let told = earlier.into_iter().flatten().flatten();
    let mut headline = Some("\nearlier panics of this process, newest first:\n");
    for told in told.filter(|told| !told.written.swap(true, Relaxed)) {
        headline.take().inspect(|headline| told.add(headline.as_bytes()));
        told.write_as_earlier();
        also(told);
    }
}

fn earlier_of_all<'a>() -> Option<&'a Earlier> {
    READ.store(true, SeqCst);
    // SAFETY: null, or made by `keep`, which from here on frees nothing that may be read here: it looks at `READ` after it
    // has put another in its place.
    unsafe { LATEST_OF_ALL.load(SeqCst).as_ref() }
}

/// Whether the process ends by a panic of this thread: it unwinds, or its hook runs, or it has just aborted.
pub(super) fn is_panicking() -> bool {
    std::thread::panicking()
}

pub(super) fn is_main_thread() -> bool {
    own_id().cast_unsigned() == own_process()
}

// The mark: what follows does not run in a handler.

/// At the end of a thread its panics have ended nothing else; unless it has called `exit`, which glibc has end the thread
/// first. The main thread's stay.
struct UntilTheThreadEnds;

impl Drop for UntilTheThreadEnds {
    fn drop(&mut self) {
        // No thread ends so by itself.
        if is_panicking() {
            return;
        }
        LATEST.with(|latest| {
            let before = OF_ENDED.swap(latest.swap(ptr::null_mut(), AcqRel), SeqCst);
            if !READ.load(SeqCst) {
                drop_all(&AtomicPtr::new(before));
            }
        });
    }
}

thread_local! {
    static OF_THIS_THREAD: UntilTheThreadEnds = const { UntilTheThreadEnds };
}

/// A panic of now, of which it is known where its text is.
pub(super) fn told(text: String, stack: Option<Backtrace>, on_stderr: bool, written: bool) -> Told {
    Told { text, stack, when: Instant::now(), on_stderr, written: AtomicBool::new(written) }
}

/// Keeps a panic of this thread. One thread at a time.
pub(super) fn keep(told: Told) {
    if !is_main_thread() {
        // In a destructor of thread-local storage it may be gone: then the text stays.
        let _ = OF_THIS_THREAD.try_with(|_| ());
    }
    let told = Arc::new(told);
    let earlier = keep_of_all(&told);
    LATEST.with(|latest| {
        let before = AtomicPtr::new(latest.load(Acquire));
        // From here on a handler may read it.
        let panic = Panic { thread: own_id(), told, earlier, before };
        latest.store(Box::into_raw(Box::new(panic)), Release);
        let mut last = latest;
        for _ in 0..MOST {
            // SAFETY: this thread's own, freed below alone.
            let Some(panic) = (unsafe { last.load(Acquire).as_ref() }) else { return };
            last = &panic.before;
        }
        drop_all(last);
    });
}

/// Makes it the newest of the process, and returns those before.
fn keep_of_all(told: &Arc<Told>) -> Earlier {
    // SAFETY: null or made below; freed below alone, and that by one thread at a time.
    let before = unsafe { LATEST_OF_ALL.load(Acquire).as_ref() };
    let earlier = before.cloned().unwrap_or_default();
    let mut newest = earlier.clone();
    newest.rotate_right(1);
    newest[0] = Some(Arc::clone(told));
    let before = LATEST_OF_ALL.swap(Box::into_raw(Box::new(newest)), SeqCst);
    if !before.is_null() && !READ.load(SeqCst) {
        // SAFETY: made by this fn, and nobody finds it any more: whoever reads says so before he looks.
        drop(unsafe { Box::from_raw(before) });
    }
    earlier
}

/// Frees a panic and those before it, after no handler finds them any more.
fn drop_all(first: &AtomicPtr<Panic>) {
    let mut next = first.swap(ptr::null_mut(), AcqRel);
    while !next.is_null() {
        // SAFETY: made by `keep`, and taken out of the list.
        let panic = unsafe { Box::from_raw(next) };
        next = panic.before.load(Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<String> {
        own().into_iter().flatten().map(|panic| panic.told.text.clone()).collect()
    }

    #[test]
    fn the_latest_of_each_thread_are_kept_to_its_end() {
        static ORDER: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let keep = |text: &str| {
            let _one_at_a_time = ORDER.lock().unwrap();
            keep(told(text.to_owned(), None, true, true));
        };
        assert!(write(MOST).is_none());
        ["first", "second", "third", "fourth"].into_iter().for_each(keep);
        for _ in 0..100 {
            let other = std::thread::spawn(move || {
                ["other", "others"].into_iter().for_each(keep);
                texts()
            });
            assert_eq!(other.join().unwrap(), ["others", "other"]);
        }
        assert_eq!(texts(), ["fourth", "third", "second"]);
        assert_eq!(write(1).unwrap().text, "fourth");
        assert_eq!(texts().len(), 3, "they are only read");
        let earlier = earlier_of_all().unwrap().each_ref().map(|told| told.as_ref().unwrap().text.as_str());
        assert_eq!(earlier, ["others", "other", "others", "other"], "of threads that have ended too");
    }
}
