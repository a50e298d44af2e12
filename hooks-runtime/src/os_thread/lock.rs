//! The lock: a count on the thread, proof of it, the list of threads that are locked, and the scope after which what was
//! declared is put back and what else changed is reported.

use super::leak::{self, Change};
use super::plan::{Error, Place, Plan};
use super::state::{Piece, Pieces, Probe, State, move_to};
use crate::mutex::lock;
use crate::sites::Site;
use crate::this_thread;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

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
    not_send: PhantomData<*const StaysOnItsThread>,
}

/// A raw pointer to it is not `Send`, and the compiler's error about that names it.
#[derive(Debug)]
struct StaysOnItsThread;

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
    ///
    /// ```
    /// use hooks_runtime::lock_os_thread;
    ///
    /// #[lock_os_thread(token = thread, reason = "the library cannot be left once it has been entered")]
    /// async fn enter() {
    ///     thread.retire();
    /// }
    /// # let _ = enter();
    /// ```
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
                list(Some(site));
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
                list(None);
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

/// A thread that is locked now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Held {
    /// The outermost use of the attribute on it, with the [`reason`](Site::reason).
    pub site: Site,
    /// Since when; in Miri, which has no time of day, the epoch.
    pub since: SystemTime,
    /// The kernel's number of the thread, as `/proc` and debuggers show it. Linux only, elsewhere 0.
    pub thread_id: i32,
    /// The name that the thread was started with.
    pub thread_name: Option<String>,
}

/// A thread's line in the list, its own for as long as it lives.
struct Line {
    thread_id: i32,
    thread_name: Option<String>,
    lock: Mutex<Option<(&'static str, SystemTime)>>,
}

static LINES: Mutex<Vec<Arc<Line>>> = Mutex::new(Vec::new());

/// Takes the line off the list when the thread ends.
struct Listed(Arc<Line>);

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&LINES).retain(|line| !Arc::ptr_eq(line, &self.0));
    }
}

thread_local! {
    static LINE: Listed = Listed::new();
}

impl Listed {
    fn new() -> Listed {
        let thread_name = std::thread::current().name().map(str::to_owned);
        let line = Arc::new(Line { thread_id: this_thread::id(), thread_name, lock: Mutex::new(None) });
        lock(&LINES).push(Arc::clone(&line));
        Listed(line)
    }
}

/// While a thread ends its line may be gone: it is not listed any more.
fn list(site: Option<&'static str>) {
    // Miri gives nobody the time of day, unless it is told to.
    let now = || if cfg!(miri) { SystemTime::UNIX_EPOCH } else { SystemTime::now() };
    let held = site.map(|site| (site, now()));
    let _ = LINE.try_with(|listed| *lock(&listed.0.lock) = held);
}

/// The threads that are locked now: sync fns that are running, and async fns from their first poll until they end.
///
/// ```
/// use hooks_runtime::{lock_os_thread, os_thread};
///
/// #[lock_os_thread(reason = "the driver keeps its handle in a thread-local")]
/// fn query() {
///     let held = os_thread::locked();
///     assert_eq!(held[0].site.reason(), Some("the driver keeps its handle in a thread-local"));
/// }
/// query();
/// assert!(os_thread::locked().is_empty());
/// ```
pub fn locked() -> Vec<Held> {
    let held = |line: &Arc<Line>| {
        let (site, since) = (*lock(&line.lock))?;
        let (thread_id, thread_name) = (line.thread_id, line.thread_name.clone());
        Some(Held { site: Site::of(site), since, thread_id, thread_name })
    };
    lock(&LINES).iter().filter_map(held).collect()
}

/// Held by a hidden local of the expansion.
pub struct Scope {
    saved: Option<Box<Saved>>,
    /// After `saved`: the thread is locked until its state has been put back.
    token: LockedThread,
}

struct Saved {
    site: &'static str,
    before: State,
    restore: Pieces,
    probe: Option<Probe>,
    /// What scopes outside this one watch; `None` for the outermost.
    watched_outside: Option<Pieces>,
}

impl Plan {
    /// Locks this thread until the scope is dropped.
    ///
    /// A scope inside another one that declares nothing costs a count up and a count down.
    ///
    /// # Panics
    /// Where the CPU that was asked for is not allowed.
    #[inline]
    pub fn scope(self) -> Scope {
        self.try_scope().unwrap_or_else(|error| error.panic(self.site))
    }

    #[inline]
    pub(super) fn try_scope(self) -> Result<Scope, Error> {
        let outside = watched();
        let mut scope = Scope { saved: None, token: LockedThread::lock(self.site) };
        if outside.is_none() || !self.restore.is_empty() || self.check.is_some() {
            scope.save(&self, outside)?;
        }
        Ok(scope)
    }

    /// A thread that fns share by name keeps its state from one to the next, so there it is compared on demand only.
    fn watches(&self) -> Pieces {
        let default = if self.place == Place::Own { Pieces::LIST } else { Pieces::NONE };
        self.check.unwrap_or(default)
    }
}

impl Scope {
    /// `token = t`
    #[inline]
    pub fn token(&self) -> &LockedThread {
        &self.token
    }

    fn save(&mut self, plan: &Plan, watched_outside: Option<Pieces>) -> Result<(), Error> {
        let outside = watched_outside.unwrap_or_default();
        let watched = plan.watches().without(outside).and(plan.restore);
        if watched.is_empty() && watched_outside.is_some() {
            return Ok(());
        }
        let probe = (!watched.without(Pieces::LIST).is_empty()).then(Probe::of_process);
        let before = State::take(watched, probe.as_ref());
        if let Some(cpu) = plan.cpu {
            move_to(cpu).map_err(|allowed| Error::CpuNotAllowed { cpu, allowed })?;
        }
        watch(outside.and(watched));
        let (site, restore) = (plan.site, plan.restore);
        self.saved = Some(Box::new(Saved { site, before, restore, probe, watched_outside }));
        Ok(())
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if let Some(saved) = self.saved.take() {
            saved.put_back(&self.token);
        }
    }
}

impl Saved {
    fn put_back(self: Box<Self>, token: &LockedThread) {
        // Another thread's state is not ours to set; the token reports it.
        if !token.is_here() {
            return;
        }
        unwatch(self.watched_outside);
        let mut changes = self.before.settle(self.restore, self.probe.as_ref());
        if self.watched_outside.is_none() && take_retired() {
            changes.push(retired());
        }
        if !changes.is_empty() {
            leak::report(self.site, changes);
        }
    }
}

fn retired() -> Change {
    let (before, after) =
        ("to be used again".to_owned(), "to be ended, which its owner has to do".to_owned());
    Change { piece: Piece::Reusable, before, after }
}
