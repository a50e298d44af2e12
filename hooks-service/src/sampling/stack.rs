//! Reading a thread's stack without ever faulting.
//!
//! Of most threads we know the *home* stack, and words between the stack pointer and its end are plain loads. Everything
//! else (a thread's first sample, a coroutine's stack, an alternate stack) is read a page at a time by `process_vm_readv`,
//! which reports what is not mapped where a load would fault. Where a sandbox forbids that call, such stacks are cut at the leaf.

use super::scratch::Window;
use crate::process::to_usize;
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
    pub(super) fn search(&self, main: bool, maps: impl FnOnce() -> Vec<Range<u64>>) {
        let sp = self.seen_sp.swap(0, Ordering::Acquire);
        if sp == 0 || self.failures.load(Ordering::Relaxed) >= MOST_SEARCHES {
            return;
        }
        let owner = self.seen_owner.load(Ordering::Relaxed);
        match find(sp, owner, main, &maps()) {
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

/// The calling thread's own stack, or `None` where the C library does not know.
pub(super) fn own_stack() -> Option<Range<u64>> {
    // SAFETY: the attributes are initialised by `pthread_getattr_np`, read, and destroyed once.
    unsafe {
        let mut attributes = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        let (mut start, mut size) = (std::ptr::null_mut(), 0);
        let failed = libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut size) != 0;
        libc::pthread_attr_destroy(&raw mut attributes);
        let start = start.addr() as u64;
        (!failed).then_some(start..start + size as u64)
    }
}

/// Reads words of the interrupted thread's stack.
pub(super) struct Reader<'a> {
    /// Words in here are loaded.
    pub(super) direct: Range<u64>,
    /// The last page that was read by a call, and its address.
    pub(super) window: &'a mut Window,
    pub(super) page: Option<u64>,
    pub(super) pid: libc::pid_t,
}

const PAGE: u64 = 4096;

impl Reader<'_> {
    /// The word at `address`, or an error if it is not readable. Async-signal-safe.
    pub(super) fn word(&mut self, address: u64) -> Result<u64, ()> {
        let end = address.checked_add(8).ok_or(())?;
        if self.direct.start <= address && end <= self.direct.end {
            // SAFETY: inside of the home stack of the thread that this handler interrupted, at or above its stack
            // pointer: mapped, and not changed while the handler runs.
            return Ok(unsafe {
                std::ptr::with_exposed_provenance::<u64>(to_usize(address)).read_unaligned()
            });
        }
        if !address.is_multiple_of(8) {
            return Err(());
        }
        self.load_page(address - address % PAGE)?;
        let offset = to_usize(address % PAGE);
        let bytes = self.window.0.get(offset..offset + 8).ok_or(())?;
        Ok(u64::from_ne_bytes(bytes.try_into().map_err(|_| ())?))
    }

    fn load_page(&mut self, page: u64) -> Result<(), ()> {
        if self.page == Some(page) {
            return Ok(());
        }
        self.page = None;
        let local = libc::iovec { iov_base: self.window.0.as_mut_ptr().cast(), iov_len: to_usize(PAGE) };
        let remote = libc::iovec {
            iov_base: std::ptr::without_provenance_mut(to_usize(page)),
            iov_len: to_usize(PAGE),
        };
        // SAFETY: writes at most a page into the window; what cannot be read is an error, not a fault.
        let read = unsafe { libc::process_vm_readv(self.pid, &raw const local, 1, &raw const remote, 1, 0) };
        if usize::try_from(read) != Ok(to_usize(PAGE)) {
            return Err(());
        }
        self.page = Some(page);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(window: &mut Window, direct: Range<u64>) -> Reader<'_> {
        Reader { direct, window, page: None, pid: std::process::id().cast_signed() }
    }

    #[test]
    fn words_are_read_directly_through_the_kernel_or_not_at_all() {
        let words = [1_u64, 2, 3, 4];
        let start = words.as_ptr().expose_provenance() as u64;
        let mut window = Window([0; 4096]);
        let mut direct = reader(&mut window, start..start + 16);
        assert_eq!(direct.word(start + 8), Ok(2));
        assert_eq!(direct.page, None, "a word of the home stack needs no call");
        // Sandboxes and emulators may refuse the call: then the word is not had, which is no fault either.
        let refused = || {
            let error = std::io::Error::last_os_error().raw_os_error();
            matches!(error, Some(libc::ENOSYS | libc::EPERM))
        };
        match direct.word(start + 24) {
            Ok(word) => assert!(word == 4 && direct.page.is_some(), "a word outside is read by a call"),
            Err(()) => assert!(refused()),
        }
        for bad in [0, 8, u64::MAX - 3, u64::MAX - 7, 1 << 60] {
            assert_eq!(direct.word(bad), Err(()), "{bad:#x}");
        }
    }

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
