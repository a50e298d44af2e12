//! Dedicated threads: one piece of work at a time, and the end as soon as a thread's state is not what it was. Those that have
//! nothing to do are kept for a while; what became of all is counted.

use super::lock::{self, LockedThread};
use super::plan::{Error, Place};
use super::spawner::{self, Request};
use super::state::{Piece, Pieces, Probe, State, move_to};
use super::worker::{self, Work};
use crate::mutex::lock as lock_mutex;
use crate::panics::contain;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// What others see of a dedicated thread.
struct Dedicated {
    mailbox: Mutex<Option<Box<dyn Work>>>,
    thread: OnceLock<Thread>,
}

/// Starts a thread whose first work is `work`.
fn start(work: Box<dyn Work>) {
    let dedicated = Arc::new(Dedicated { mailbox: Mutex::new(Some(work)), thread: OnceLock::new() });
    let unstarted = Arc::clone(&dedicated);
    spawner::start(Request {
        name: "hooks-locked".to_owned(),
        body: Box::new(move |reference| dedicated.run(reference)),
        failed: Box::new(move |error| {
            let work = lock_mutex(&unstarted.mailbox).take();
            if let Some(work) = work {
                worker::refuse(work, Error::ThreadNotStarted(error));
            }
        }),
    });
}

impl Dedicated {
    /// For a thread out of the cache.
    fn send(&self, work: Box<dyn Work>) {
        *lock_mutex(&self.mailbox) = Some(work);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn run(self: Arc<Self>, reference: i32) {
        count_created();
        self.thread.get_or_init(std::thread::current);
        let clean = Clean::here(reference);
        let mut next = self.take();
        while let Some(mut work) = next {
            let retired = clean.perform(&mut *work).or_else(|| offer(&self).err());
            if let Some(reason) = retired {
                count_retired(reason);
                return worker::end(work);
            }
            // Its end is its announcement, made when all this is settled.
            worker::end(work);
            if clean.namespaces_changed() {
                return self.leave();
            }
            next = self.wait();
            if next.is_some() {
                count_reused();
            }
        }
        count_retired(Retired::Idle);
    }

    /// In another namespace, which was seen when the thread was on offer already: work that it was sent goes on.
    fn leave(self: &Arc<Self>) {
        count_retired(Retired::Changed(Piece::Namespaces));
        if withdraw(self) {
            return;
        }
        loop {
            match self.take() {
                Some(work) => return submit(work),
                None => std::thread::park(),
            }
        }
    }

    fn take(&self) -> Option<Box<dyn Work>> {
        lock_mutex(&self.mailbox).take()
    }

    /// The next work, or `None` when the thread has been idle for too long.
    fn wait(self: &Arc<Self>) -> Option<Box<dyn Work>> {
        let mut left = idle_time();
        let start = Instant::now();
        loop {
            if let Some(work) = self.take() {
                return Some(work);
            }
            // Off the list first: whoever has taken this thread off it is about to send something.
            if left == Duration::ZERO && withdraw(self) {
                return None;
            }
            std::thread::park_timeout(left);
            left = idle_time().saturating_sub(start.elapsed());
        }
    }
}

/// The state that the thread was started with, and has to be in for the next work.
struct Clean {
    state: State,
    /// `None` where the thread is not able to leave them. They cost more to read than all the rest, so they are read
    /// when the caller goes on already, and before any other work is begun.
    namespaces: Option<State>,
    probe: Probe,
}

impl Clean {
    fn here(reference: i32) -> Clean {
        const NAMESPACES: Pieces = Pieces::NONE.with(Piece::Namespaces);
        let probe = Probe::open(reference);
        let state = State::take(Pieces::FULL.without(NAMESPACES), Some(&probe));
        let namespaces = state.may_change_namespaces().then(|| State::take(NAMESPACES, Some(&probe)));
        Clean { state, namespaces, probe }
    }

    fn namespaces_changed(&self) -> bool {
        let before = self.namespaces.as_ref();
        before.is_some_and(|before| !before.settle(Pieces::NONE, Some(&self.probe)).is_empty())
    }

    /// Runs `work`, puts back what it declared and says why the thread has to end, if it has to.
    fn perform(&self, work: &mut dyn Work) -> Option<Retired> {
        let plan = *work.plan();
        let token = LockedThread::lock(plan.site);
        lock::watch(Pieces::FULL);
        match plan
            .cpu
            .map_or(Ok(()), |cpu| move_to(cpu).map_err(|allowed| Error::CpuNotAllowed { cpu, allowed }))
        {
            Ok(()) => worker::perform(work, Place::Own),
            Err(error) => contain(|| work.refuse(error)),
        }
        lock::unwatch(None);
        drop(token);
        let changes = self.state.settle(plan.restore, Some(&self.probe));
        let dirty = changes.first().map(|change| Retired::Changed(change.piece));
        let asked = lock::take_retired().then_some(Retired::Asked);
        let panicked = work.panicked().then_some(Retired::Panicked);
        let still_locked = (lock::depth() > 0).then_some(Retired::StillLocked);
        dirty.or(asked).or(panicked).or(still_locked)
    }
}

/// The last to become idle is at the end, and the first to be used: its caches are warm, and the others can end.
static IDLE: Mutex<Vec<Arc<Dedicated>>> = Mutex::new(Vec::new());
static MOST: AtomicUsize = AtomicUsize::new(8);
static MILLISECONDS: AtomicU64 = AtomicU64::new(10_000);

/// Sets how many dedicated threads are kept while they have nothing to do, and for how long: 8, and 10 seconds, unless
/// this is called. Threads at work are not bounded by it: each async fn in progress has one.
///
/// `time` is rounded down to milliseconds. Threads that are idle already see a shorter time when their old one is over,
/// and a smaller number when they have been used once more.
///
/// ```
/// use std::time::Duration;
///
/// hooks_runtime::os_thread::keep_idle(2, Duration::from_secs(60));
/// ```
pub fn keep_idle(most: usize, time: Duration) {
    MOST.store(most, Ordering::Relaxed);
    MILLISECONDS.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
}

fn idle_time() -> Duration {
    Duration::from_millis(MILLISECONDS.load(Ordering::Relaxed))
}

/// Runs `work` on an idle thread, or on a new one.
pub(super) fn submit(work: Box<dyn Work>) {
    let idle = lock_mutex(&IDLE).pop();
    match idle {
        Some(thread) => thread.send(work),
        None => start(work),
    }
}

/// A thread that is fit for the next work.
fn offer(thread: &Arc<Dedicated>) -> Result<(), Retired> {
    let mut idle = lock_mutex(&IDLE);
    if idle.len() >= MOST.load(Ordering::Relaxed) {
        return Err(Retired::CacheFull);
    }
    idle.push(Arc::clone(thread));
    Ok(())
}

/// Takes the thread off the list; `false` where it is not there any more.
fn withdraw(thread: &Arc<Dedicated>) -> bool {
    let mut idle = lock_mutex(&IDLE);
    let place = idle.iter().position(|other| Arc::ptr_eq(other, thread));
    place.map(|place| idle.remove(place)).is_some()
}

/// Why a dedicated thread was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Retired {
    /// This piece of its state was different afterwards; of several the first.
    Changed(Piece),
    /// The fn panicked on it.
    Panicked,
    /// The fn called [`LockedThread::retire`].
    Asked,
    /// The fn left a [`LockedThread`] on it that was not dropped.
    StillLocked,
    /// It had nothing to do for the time that [`keep_idle`] sets.
    Idle,
    /// As many threads as [`keep_idle`] allows were idle already.
    CacheFull,
}

impl Retired {
    const OTHERS: [Retired; 5] =
        [Retired::Panicked, Retired::Asked, Retired::StillLocked, Retired::Idle, Retired::CacheFull];
    const COUNT: usize = Piece::ALL.len() + Self::OTHERS.len();

    fn index(self) -> usize {
        match self {
            Retired::Changed(piece) => piece as usize,
            other => {
                Piece::ALL.len() + Self::OTHERS.iter().position(|known| *known == other).unwrap_or_default()
            }
        }
    }

    fn at(index: usize) -> Retired {
        match Piece::ALL.get(index) {
            Some(piece) => Retired::Changed(*piece),
            None => Self::OTHERS[index - Piece::ALL.len()],
        }
    }
}

/// What became of the dedicated threads of async fns since the program started.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Counters {
    /// Threads that were started.
    pub created: u64,
    /// Calls that ran on a thread that an earlier one had left as it found it.
    pub reused: u64,
    /// Threads that were ended, with the reason; reasons that did not occur are left out.
    pub retired: Vec<(Retired, u64)>,
}

impl Counters {
    /// How many threads were ended for `reason`.
    pub fn retired_for(&self, reason: Retired) -> u64 {
        self.retired.iter().filter(|(known, _)| *known == reason).map(|(_, count)| count).sum()
    }
}

static CREATED: AtomicU64 = AtomicU64::new(0);
static REUSED: AtomicU64 = AtomicU64::new(0);
static RETIRED: [AtomicU64; Retired::COUNT] = [const { AtomicU64::new(0) }; Retired::COUNT];

/// The counters now; the threads that are alive are `created` less all that were retired. Cost: some twenty loads.
///
/// ```
/// use hooks_runtime::{lock_os_thread, os_thread};
///
/// #[lock_os_thread(reason = "the library keeps its state in the thread")]
/// async fn render() {}
///
/// # futures::executor::block_on(async {
/// render().await;
/// render().await;
/// # });
/// let counters = os_thread::counters();
/// assert_eq!(counters.created + counters.reused, 2);
/// ```
pub fn counters() -> Counters {
    let mut retired = Vec::new();
    for (index, count) in RETIRED.iter().enumerate() {
        let count = count.load(Ordering::Relaxed);
        if count > 0 {
            retired.push((Retired::at(index), count));
        }
    }
    Counters { created: CREATED.load(Ordering::Relaxed), reused: REUSED.load(Ordering::Relaxed), retired }
}

fn count_created() {
    CREATED.fetch_add(1, Ordering::Relaxed);
}

fn count_reused() {
    REUSED.fetch_add(1, Ordering::Relaxed);
}

fn count_retired(reason: Retired) {
    RETIRED[reason.index()].fetch_add(1, Ordering::Relaxed);
}
