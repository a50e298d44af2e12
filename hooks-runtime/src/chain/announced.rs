//! Which threads have had a scope, so that their part of this crate's thread-local storage is there.
//!
//! In a library that was loaded (a `cdylib`) a thread's first look at such storage allocates it, which no signal handler may
//! do: an observer has to know beforehand. The thread hook tells of threads that come while there is one, and this table of
//! those that had their first scope before.
//!
//! Without a lock or an allocation, as a first scope may be anywhere. A thread is known by its id and the time of its first
//! scope: a later thread with the same id began after that.

use std::sync::atomic::{AtomicU64, Ordering};

const PLACES: usize = 4096;
/// How many of them an id may be in.
const TRIES: usize = 16;

/// Zero, or an id in the upper half and a time in the lower.
static THREADS: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];

/// Of the calling thread, at its first scope, once its storage is there. Where there is no place for it, it stays unknown.
pub(super) fn announce() {
    // SAFETY: it has no preconditions.
    let own = unsafe { libc::gettid() };
    let _ = add(&THREADS, own, now(), lives);
}

/// Whether the thread with this id, which began at this time in ticks since the start of the system (field 22 of its `stat`), has
/// had a scope.
///
/// An id is used again once all others have been, which takes longer than the hundredth of a second that times are told apart by.
pub fn has_had_scope(thread: libc::pid_t, began: u64) -> bool {
    knows(&THREADS, thread, began)
}

fn knows(threads: &[AtomicU64], thread: libc::pid_t, began: u64) -> bool {
    let is_it = |entry: u64| thread_of(entry) == thread && not_before(entry, began);
    places(threads, thread).any(|place| is_it(place.load(Ordering::Acquire)))
}

fn add(threads: &[AtomicU64], thread: libc::pid_t, now: u32, lives: impl Fn(libc::pid_t) -> bool) -> bool {
    let entry = u64::try_from(thread).unwrap_or(0) << 32 | u64::from(now);
    let own_or_free = |before: u64| before == 0 || thread_of(before) == thread;
    put(threads, entry, own_or_free) || put(threads, entry, |before| !lives(thread_of(before)))
}

/// In the first place that is free to be taken.
fn put(threads: &[AtomicU64], entry: u64, is_free: impl Fn(u64) -> bool) -> bool {
    places(threads, thread_of(entry)).any(|place| {
        let before = place.load(Ordering::Relaxed);
        // Else another thread was faster.
        is_free(before) && place.compare_exchange(before, entry, Ordering::Release, Ordering::Relaxed).is_ok()
    })
}

fn places(threads: &[AtomicU64], thread: libc::pid_t) -> impl Iterator<Item = &AtomicU64> {
    let first = usize::try_from(thread).unwrap_or(0);
    (first..first + TRIES).filter_map(|index| threads.get(index % threads.len()))
}

fn thread_of(entry: u64) -> libc::pid_t {
    libc::pid_t::try_from(entry >> 32).unwrap_or(0)
}

/// The lower halves of times: a system is restarted before they are a year apart.
#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn not_before(entry: u64, began: u64) -> bool {
    (entry as u32).wrapping_sub(began as u32) <= u32::MAX / 2
}

/// In hundredths of a second, as the kernel tells when a thread began. Its lower half.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the lower half, of a positive number"
)]
fn now() -> u32 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a local.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    (now.tv_sec as u64).wrapping_mul(100).wrapping_add(now.tv_nsec as u64 / 10_000_000) as u32
}

/// Whether there is a thread with this id; `errno` is as it was.
fn lives(thread: libc::pid_t) -> bool {
    // SAFETY: no signal is sent, and `errno` is the thread's own.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        let found = libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, 0) == 0;
        *errno = before;
        found
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn table<const N: usize>() -> [AtomicU64; N] {
        [const { AtomicU64::new(0) }; N]
    }

    #[test]
    fn a_thread_is_known_by_its_id_and_that_it_began_before() {
        let threads = table::<64>();
        assert!(!knows(&threads, 7, 0));
        assert!(add(&threads, 7, 1000, |_| true));
        assert!(knows(&threads, 7, 1000) && knows(&threads, 7, 900));
        assert!(!knows(&threads, 7, 1001), "another thread, with its id");
        assert!(!knows(&threads, 71, 1000) && !knows(&threads, 8, 1000), "the same place, or the next");
        // And once its lower half has begun anew.
        assert!(add(&threads, 9, 5, |_| true));
        assert!(knows(&threads, 9, u64::from(u32::MAX)) && !knows(&threads, 9, 6));
    }

    #[test]
    fn those_that_are_gone_make_room_and_those_that_live_keep_theirs() {
        let threads = table::<16>();
        let ids = (0..16).map(|number| 5 + 16 * number);
        assert!(ids.clone().all(|id| add(&threads, id, 1, |_| true)));
        assert!(!add(&threads, 1000, 1, |_| true) && !knows(&threads, 1000, 0));
        assert!(add(&threads, 1000, 1, |id| id != 21));
        assert!(knows(&threads, 1000, 0) && !knows(&threads, 21, 0));
        assert_eq!(ids.filter(|id| knows(&threads, *id, 0)).count(), 15);
        // Its own old place first.
        assert!(add(&threads, 5, 2, |_| true) && knows(&threads, 5, 2));
    }

    #[test]
    fn a_thread_is_there_from_its_first_scope_on_and_its_successor_is_not() {
        let began = now();
        // SAFETY: it has no preconditions.
        let id = || unsafe { libc::gettid() };
        let (known_before, known_after) = std::thread::spawn(move || {
            let before = has_had_scope(id(), began.into());
            crate::chain::touch();
            (before, has_had_scope(id(), began.into()))
        })
        .join()
        .unwrap();
        assert_eq!((known_before, known_after), (false, true));
        assert!(lives(id()) && !lives(libc::pid_t::MAX));
    }
}
