//! What became of the dedicated threads.

use super::piece::Piece;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a dedicated thread was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Retired {
    /// This piece of its state was different afterwards; of several the first.
    Changed(Piece),
    /// The fn panicked on it.
    Panicked,
    /// The fn called [`LockedThread::retire`](super::LockedThread::retire).
    Asked,
    /// The fn left a [`LockedThread`](super::LockedThread) on it that was not dropped.
    StillLocked,
    /// It had nothing to do for the time that [`keep_idle`](super::keep_idle) sets.
    Idle,
    /// As many threads as [`keep_idle`](super::keep_idle) allows were idle already.
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

pub(super) fn count_created() {
    CREATED.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn count_reused() {
    REUSED.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn count_retired(reason: Retired) {
    RETIRED[reason.index()].fetch_add(1, Ordering::Relaxed);
}
