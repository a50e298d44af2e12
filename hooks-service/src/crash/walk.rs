//! The stack of a thread that crashes. What it takes is prepared when crash output is installed; [`Walker::walk`] and
//! what it calls run in a SIGNAL HANDLER: no allocation, no lock, and no fault whatever the stack holds.

use super::state::{STACK_READ, STACK_WRITE};
use crate::capture::{Interrupted, Registers, walk};
use crate::code::Module;
use crate::code::{Cache, Unwinder, objects};
use crate::stacks::Answered;
use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Knows the program and its libraries as they were when it was made. Stacks through others are followed by their frame
/// pointers, as far as they have any.
pub(super) struct Walker {
    unwinder: Unwinder,
    pub(super) modules: Vec<Module>,
    tools: UnsafeCell<Tools>,
}

struct Tools {
    cache: Cache,
    page: [u8; PAGE],
    /// The address of what `page` holds.
    loaded: Option<u64>,
}

const PAGE: usize = 4096;

// SAFETY: the tools are used by `walk` alone, which one thread may call: see there.
unsafe impl Sync for Walker {}

static WALKER: AtomicPtr<Walker> = AtomicPtr::new(std::ptr::null_mut());

/// The walker, once there is one.
pub(super) fn walker() -> Option<&'static Walker> {
    // SAFETY: null, or a walker that is never freed.
    unsafe { WALKER.load(Ordering::Acquire).as_ref() }
}

/// Makes a walker for the libraries that are loaded now, and takes it into use. The one before is not freed: a handler
/// may be using it.
pub(super) fn prepare() -> &'static Walker {
    let objects = objects::load(&BTreeMap::new());
    let walker: &'static Walker = Box::leak(Box::new(Walker {
        unwinder: Unwinder::new(&objects),
        modules: objects.loaded.values().flat_map(|object| object.code.iter().cloned()).collect(),
        tools: UnsafeCell::new(Tools { cache: Cache::default(), page: [0; PAGE], loaded: None }),
    }));
    WALKER.store(std::ptr::from_ref(walker).cast_mut(), Ordering::Release);
    walker
}

/// Whether the labels lie in thread-local storage that is there from the start of each thread, so that a handler's look
/// allocates nothing: it is so unless this crate was loaded by `dlopen`.
pub(super) fn labels_are_readable() -> bool {
    objects::in_main_program(prepare as fn() -> &'static Walker as usize)
}

impl Walker {
    /// Where the interrupted thread was.
    pub(super) fn interrupted(&self, context: &libc::ucontext_t) -> Interrupted {
        Interrupted::new(&Registers::of(context), self.unwinder.code_end())
    }

    /// Gives the interrupted thread's stack to `push`, leaf first.
    ///
    /// # Safety
    /// Only the one thread that reports a crash calls it, and not while a call of its own runs.
    pub(super) unsafe fn walk(&self, interrupted: &Interrupted, push: impl FnMut(u64) -> bool) {
        // SAFETY: the only use at this time, by the caller's promise.
        let tools = unsafe { &mut *self.tools.get() };
        let (cache, page, loaded) = (&mut tools.cache, &mut tools.page, &mut tools.loaded);
        walk(&self.unwinder, interrupted, cache, |address| word(page, loaded, address), push);
    }

    /// Gives the stack of a thread that was asked for it to `push`, leaf first.
    ///
    /// # Safety
    /// As for [`walk`](Self::walk).
    pub(super) unsafe fn walk_copy(&self, answered: &Answered, push: impl FnMut(u64) -> bool) {
        // SAFETY: the only use at this time, by the caller's promise.
        let tools = unsafe { &mut *self.tools.get() };
        let interrupted = Interrupted::new(answered.registers(), self.unwinder.code_end());
        let word = |address| answered.word(address).ok_or(());
        walk(&self.unwinder, &interrupted, &mut tools.cache, word, push);
    }

    /// Whether there is memory all the way between the page of `from`, which may have none, and that of `to`.
    ///
    /// # Safety
    /// As for [`walk`](Self::walk).
    pub(super) unsafe fn is_joined(&self, from: u64, to: u64) -> bool {
        // SAFETY: the only use at this time, by the caller's promise.
        let tools = unsafe { &mut *self.tools.get() };
        tools.loaded = None;
        let page = |address| address & !(PAGE as u64 - 1);
        let mut pages = (page(from)..page(to)).step_by(PAGE).skip(1);
        pages.all(|start| load(&mut tools.page, start).is_ok())
    }

    /// The module that holds `address`.
    pub(super) fn module(&self, address: u64) -> Option<&Module> {
        self.modules.iter().find(|module| module.contains(address))
    }
}

/// The word at `address`, which may lie across two pages.
fn word(page: &mut [u8; PAGE], loaded: &mut Option<u64>, address: u64) -> Result<u64, ()> {
    let mut bytes = [0_u8; 8];
    for (index, byte) in (0_u64..).zip(&mut bytes) {
        let address = address.checked_add(index).ok_or(())?;
        let start = address & !(PAGE as u64 - 1);
        if *loaded != Some(start) {
            *loaded = None;
            load(page, start)?;
            *loaded = Some(start);
        }
        *byte =
            usize::try_from(address - start).ok().and_then(|offset| page.get(offset)).copied().ok_or(())?;
    }
    Ok(u64::from_ne_bytes(bytes))
}

/// Reads a page of this process by way of a pipe: the kernel says `EFAULT` where a load would fault. There is a call
/// made for it, which sandboxes often forbid, and is only asked where somebody has closed the pipe; and a file in memory
/// has the limits of a file.
fn load(page: &mut [u8; PAGE], start: u64) -> Result<(), ()> {
    let start = usize::try_from(start).map_err(|_| ())?;
    let count = match (STACK_READ.get(), STACK_WRITE.get()) {
        (Some(read), Some(write)) => through_pipe(page, start, read, write),
        _ => by_call(page, start),
    };
    if count == PAGE.cast_signed() { Ok(()) } else { Err(()) }
}

fn through_pipe(page: &mut [u8; PAGE], start: usize, read: RawFd, write: RawFd) -> isize {
    // SAFETY: the kernel checks the source; the destination is ours. The pipe is empty and holds a page, so neither
    // waits.
    unsafe {
        if libc::write(write, std::ptr::with_exposed_provenance(start), PAGE) != PAGE.cast_signed() {
            return -1;
        }
        libc::read(read, page.as_mut_ptr().cast(), PAGE)
    }
}

fn by_call(page: &mut [u8; PAGE], start: usize) -> isize {
    let to = libc::iovec { iov_base: page.as_mut_ptr().cast(), iov_len: PAGE };
    let from = libc::iovec { iov_base: std::ptr::with_exposed_provenance_mut(start), iov_len: PAGE };
    // SAFETY: the kernel checks the source; the destination is ours.
    unsafe { libc::process_vm_readv(libc::getpid(), &raw const to, 1, &raw const from, 1, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_where_there_are_any_and_nothing_faults() {
        // Without the pipe, where the system has the call; and with it.
        let mut page = [0; PAGE];
        let own = (&raw const page).addr() & !(PAGE - 1);
        if by_call(&mut page, own) == PAGE.cast_signed() {
            read_words();
        }
        let (read, write) = std::io::pipe().unwrap();
        STACK_READ.keep(read.into());
        STACK_WRITE.keep(write.into());
        read_words();
    }

    fn read_words() {
        let (mut page, mut loaded) = ([0; PAGE], None);
        let words = vec![7_u64; 2 * PAGE / 8];
        let start = words.as_ptr().expose_provenance() as u64;
        let across = (start & !(PAGE as u64 - 1)) + PAGE as u64 - 8;
        for address in [start, start + 8, across, start + 4096] {
            assert_eq!(word(&mut page, &mut loaded, address), Ok(7), "{address:#x}");
        }
        for address in [0, 8, u64::MAX - 3, u64::MAX - 7, 1 << 60] {
            assert_eq!(word(&mut page, &mut loaded, address), Err(()), "{address:#x}");
        }
    }
}
