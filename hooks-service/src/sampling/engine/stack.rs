//! SIGNAL HANDLER, as far as [`Home::readable`].
//!
//! The stack that a thread lives on: of most threads we know it, and words between the stack pointer and its end may be
//! loaded without asking the kernel.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A thread's home stack as handlers see it: set outside of handlers, read inside.
#[derive(Default)]
pub(super) struct Home {
    low: AtomicU64,
    high: AtomicU64,
    /// Thread pointer of the thread whose stack this is; 0 until it is known. A thread that got the same id later has another one.
    owner: AtomicU64,
    /// Stack pointer and thread pointer of a sample that fell outside, for [`find`] to work from.
    seen_sp: AtomicU64,
    seen_owner: AtomicU64,
    /// How often a search was in vain.
    failures: AtomicU32,
}

/// After so many searches in vain the thread is left to the slow way: it does not live on a stack of its own.
const MOST_SEARCHES: u32 = 8;

impl Home {
    /// Forgets the thread.
    pub(super) fn clear(&self) {
        for value in [&self.owner, &self.low, &self.high, &self.seen_sp, &self.seen_owner] {
            value.store(0, Ordering::Release);
        }
        self.failures.store(0, Ordering::Relaxed);
    }

    /// Sets the stack of the thread with this thread pointer.
    pub(super) fn set(&self, owner: u64, stack: &Range<u64>) {
        self.low.store(stack.start, Ordering::Relaxed);
        self.high.store(stack.end, Ordering::Relaxed);
        // Release: a handler that sees the owner sees the bounds.
        self.owner.store(owner, Ordering::Release);
    }

    /// The words that may be loaded when the stack pointer is `sp`: from there to the end of the home stack. If `sp` is
    /// elsewhere, or the stack is not known, none; then the sight is kept for [`search`](Self::search).
    pub(super) fn readable(&self, owner: u64, sp: u64) -> Range<u64> {
        if self.owner.load(Ordering::Acquire) == owner {
            let home = self.low.load(Ordering::Relaxed)..self.high.load(Ordering::Relaxed);
            if home.contains(&sp) {
                return sp..home.end;
            }
        }
        self.seen_owner.store(owner, Ordering::Relaxed);
        self.seen_sp.store(sp, Ordering::Release);
        0..0
    }

    /// Finds the home stack from what a handler saw, if there was anything new. `maps` reads the process's mappings.
    pub(super) fn search<Maps: AsRef<[Range<u64>]>>(&self, main: bool, maps: impl FnOnce() -> Maps) {
        let sp = self.seen_sp.swap(0, Ordering::Acquire);
        if sp == 0 || self.failures.load(Ordering::Relaxed) >= MOST_SEARCHES {
            return;
        }
        let owner = self.seen_owner.load(Ordering::Relaxed);
        match find(sp, owner, main, maps().as_ref()) {
            Some(stack) => self.set(owner, &stack),
            None => drop(self.failures.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

/// The home stack of a thread that was seen with this stack pointer and thread pointer.
///
/// The C libraries put the control block at the end of the stack that they make for a thread, so a mapping that holds
/// both is that stack, and lives as long as the thread. The main thread's stack is the kernel's, the last of its kind.
fn find(sp: u64, owner: u64, main: bool, maps: &[Range<u64>]) -> Option<Range<u64>> {
    let mapping = maps.iter().find(|mapping| mapping.contains(&sp))?;
    if main {
        return mapping.contains(&main_stack_probe()).then(|| mapping.clone());
    }
    (sp < owner && mapping.contains(&owner)).then_some(mapping.start..owner)
}

/// An address that is on the main thread's stack: the kernel puts the program's random bytes there.
fn main_stack_probe() -> u64 {
    // SAFETY: reads the auxiliary vector.
    unsafe { libc::getauxval(libc::AT_RANDOM) }
}

/// The readable and writable mappings of this process, from `/proc/self/maps`; none if it cannot be read.
pub(super) fn writable_mappings() -> Vec<Range<u64>> {
    let text = std::fs::read("/proc/self/maps").unwrap_or_default();
    String::from_utf8_lossy(&text).lines().filter_map(writable_mapping).collect()
}

fn writable_mapping(line: &str) -> Option<Range<u64>> {
    let (range, rest) = line.split_once(' ')?;
    if !rest.starts_with("rw") {
        return None;
    }
    let (start, end) = range.split_once('-')?;
    Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::own_stack;

    #[test]
    fn home_is_found_from_a_sight_and_bound_to_its_thread() {
        std::thread::spawn(|| {
            let home = Home::default();
            let local = 0_u8;
            let (sp, owner) = ((&raw const local).addr() as u64, crate::capture::thread_pointer());
            assert!(home.readable(owner, sp).is_empty());
            home.search(false, writable_mappings);
            let found = home.readable(owner, sp);
            let own = own_stack().unwrap();
            assert!(found.start == sp && found.end <= own.end && found.end > own.end - 65536);
            assert!(home.readable(owner + 64, sp).is_empty(), "another thread's");
            assert!(home.readable(owner, own.end + 4096).is_empty(), "another stack");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_stack_that_does_not_hold_the_control_block_is_nobodys_home() {
        assert_eq!(find(0x1500, 0x9000, false, &[0x1000..0x2000, 0x8000..0xa000]), None);
        assert_eq!(find(0x8500, 0x9000, false, &[0x1000..0x2000, 0x8000..0xa000]), Some(0x8000..0x9000));
    }
}
