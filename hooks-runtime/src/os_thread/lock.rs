//! The lock itself: a count on the thread, and proof of it.

use super::held;
use super::leak::{self, Change};
use super::piece::{Piece, Pieces};
use crate::sites::Site;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a thread knows about its lock. No destructor, so that it can be used while the thread ends.
struct Lock {
    /// Which thread, counted from 1; 0 until it is asked for the first time.
    thread: Cell<u64>,
    depth: Cell<usize>,
    /// Of the outermost lock.
    site: Cell<&'static str>,
    /// What scopes on this thread will compare when they end; `None` outside of all. Not told by `depth`: a proof may
    /// outlive every scope, and the next one has to compare all the same.
    watched: Cell<Option<Pieces>>,
    retired: Cell<bool>,
}

thread_local! {
    static LOCK: Lock = const {
        Lock {
            thread: Cell::new(0),
            depth: Cell::new(0),
            site: Cell::new(""),
            watched: Cell::new(None),
            retired: Cell::new(false),
        }
    };
}

static THREADS: AtomicU64 = AtomicU64::new(0);

impl Lock {
    #[inline]
    fn thread(&self) -> u64 {
        let thread = self.thread.get();
        if thread != 0 { thread } else { self.number() }
    }

    #[cold]
    fn number(&self) -> u64 {
        self.thread.set(THREADS.fetch_add(1, Ordering::Relaxed) + 1);
        self.thread.get()
    }
}

/// Proof that this OS thread is locked: code that runs now runs on it until the proof is dropped.
///
/// Wrappers of foreign code take `&LockedThread` where the library keeps state in thread-locals; the caller gets one
/// with `token = t`, or anywhere below an annotated fn from [`LockedThread::current`]. The lock is counted: the thread
/// counts as locked until the last proof on it is gone. It is neither `Send` nor `Sync`.
///
/// `block_on` accepts a future that holds such a value across an `.await`, and unsafe code may carry it elsewhere; so
/// the thread is compared when it is dropped. Where it is another one, that is reported to
/// [`on_leak`](super::on_leak) and counted, that thread is left alone, and the one it was taken on stays locked.
///
/// The Go hook: what lies between `runtime.LockOSThread` and `UnlockOSThread`.
///
/// ```
/// use hooks_runtime::lock_os_thread;
/// use hooks_runtime::os_thread::LockedThread;
///
/// fn draw(_: &LockedThread) {}
///
/// #[lock_os_thread(token = thread, reason = "the library draws on one thread")]
/// fn frame() {
///     draw(thread);
/// }
/// frame();
/// assert!(LockedThread::current().is_none());
/// ```
///
/// It does not leave its thread:
///
/// ```compile_fail,E0277
/// # use hooks_runtime::os_thread::LockedThread;
/// fn send<T: Send>(_: T) {}
/// send(LockedThread::current());
/// ```
#[derive(Debug)]
pub struct LockedThread {
    thread: u64,
    site: &'static str,
    not_send: PhantomData<*const ()>,
}

impl LockedThread {
    /// The lock that is in force on this thread, counted once more, or `None`.
    #[inline]
    pub fn current() -> Option<LockedThread> {
        LOCK.with(|lock| (lock.depth.get() > 0).then(|| LockedThread::lock(lock.site.get())))
    }

    /// The outermost use of the attribute on this thread.
    pub fn site(&self) -> Site {
        Site::of(LOCK.with(|lock| lock.site.get()))
    }

    /// Says that this thread has to end and must not be used again, because what was done to it cannot be undone and
    /// cannot be seen either (a library's thread-locals).
    ///
    /// The dedicated thread of an async fn ends after it. A thread that is not ours cannot be ended: when the outermost
    /// annotated fn returns, that is reported to [`on_leak`](super::on_leak) as [`Piece::Reusable`]. Go's counterpart
    /// is to return from the goroutine without unlocking.
    pub fn retire(&self) {
        LOCK.with(|lock| lock.retired.set(true));
    }

    #[inline]
    pub(super) fn lock(site: &'static str) -> LockedThread {
        LOCK.with(|lock| {
            let depth = lock.depth.get();
            lock.depth.set(depth + 1);
            if depth == 0 {
                lock.site.set(site);
                held::set(Some(site));
            }
            LockedThread { thread: lock.thread(), site, not_send: PhantomData }
        })
    }

    /// Whether this is the thread that was locked.
    #[inline]
    pub(super) fn is_here(&self) -> bool {
        self.thread == this_thread()
    }
}

impl Drop for LockedThread {
    #[inline]
    fn drop(&mut self) {
        LOCK.with(|lock| {
            if self.thread != lock.thread() {
                return elsewhere(self);
            }
            let depth = lock.depth.get() - 1;
            lock.depth.set(depth);
            if depth == 0 {
                held::set(None);
            }
        });
    }
}

#[cold]
fn elsewhere(token: &LockedThread) {
    let (before, after) = (name(token.thread), name(this_thread()));
    leak::report(token.site, vec![Change { piece: Piece::Thread, before, after }]);
}

/// Reports that what ran under `token` is given up on this thread.
#[cold]
pub(super) fn body_given_up(token: &LockedThread) {
    let before = format!("to be dropped on {}", name(token.thread));
    let after = format!("never dropped, as it was given up on {}", name(this_thread()));
    leak::report(token.site, vec![Change { piece: Piece::Body, before, after }]);
}

fn name(thread: u64) -> String {
    format!("the program's thread number {thread}")
}

/// A number that no other thread of the program has or had.
#[inline]
pub(super) fn this_thread() -> u64 {
    LOCK.with(Lock::thread)
}

/// How many locks this thread holds.
#[inline]
pub(super) fn depth() -> usize {
    LOCK.with(|lock| lock.depth.get())
}

/// What is watched on this thread already, `None` outside of all scopes.
#[inline]
pub(super) fn watched() -> Option<Pieces> {
    LOCK.with(|lock| lock.watched.get())
}

/// A scope begins here, after which this is watched.
pub(super) fn watch(watched: Pieces) {
    LOCK.with(|lock| lock.watched.set(Some(watched)));
}

/// It ends, `outside` being what was watched before it. One that ends after the scopes round it leaves nothing watched.
pub(super) fn unwatch(outside: Option<Pieces>) {
    LOCK.with(|lock| lock.watched.set(lock.watched.get().and(outside)));
}

/// Whether the thread was [retired](LockedThread::retire) since this was asked last.
pub(super) fn take_retired() -> bool {
    LOCK.with(|lock| lock.retired.replace(false))
}
