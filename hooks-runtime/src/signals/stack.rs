//! SIGNAL HANDLER, as far as [`page_size`].
//!
//! Stacks for the signal handlers of one thread.
//!
//! std's is 8 KiB, enough for its own handler and not for a crash report before it.

use std::ffi::c_void;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes, without the guard page before them.
pub const SIZE: usize = 64 * 1024;

/// Bytes of a page. Async-signal-safe once it has been called.
pub fn page_size() -> usize {
    static PAGE: AtomicUsize = AtomicUsize::new(0);
    let known = PAGE.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: no memory is passed.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let size = usize::try_from(size).unwrap_or(4096);
    PAGE.store(size, Ordering::Relaxed);
    size
}

/// An alternate stack of [`SIZE`] with a guard page, in use by the thread that made it until it is dropped there. It is not
/// `Send`.
#[derive(Debug)]
pub struct AlternateStack {
    /// A page that nobody may touch, and the stack.
    mapping: *mut c_void,
    before: libc::stack_t,
}

impl AlternateStack {
    /// Gives this thread one.
    ///
    /// # Errors
    /// Memory is short, or the thread is in a signal handler on the stack that it has.
    pub fn new() -> io::Result<Self> {
        let before = current()?;
        let stack = AlternateStack { mapping: map()?, before };
        set(&stack.described()).map(|()| stack)
    }

    fn described(&self) -> libc::stack_t {
        libc::stack_t { ss_sp: self.mapping.wrapping_byte_add(page_size()), ss_flags: 0, ss_size: SIZE }
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // std gives up its own at the end of the thread, and disables whatever is there. If ours is still there, the
        // previous one is somebody else's, who will look for it.
        let is_current = current().is_ok_and(|stack| stack.ss_sp == self.described().ss_sp);
        if is_current && set(&self.before).is_err() {
            return;
        }
        // SAFETY: ours, and no signal handler of this thread is on it: this is not one.
        unsafe { libc::munmap(self.mapping, page_size() + SIZE) };
    }
}

/// The alternate stack of this thread. Async-signal-safe.
///
/// # Errors
/// None that is known.
pub fn current() -> io::Result<libc::stack_t> {
    // SAFETY: plain data, of which all zeroes are valid.
    let mut stack: libc::stack_t = unsafe { std::mem::zeroed() };
    // SAFETY: asks, and sets nothing.
    match unsafe { libc::sigaltstack(std::ptr::null(), &raw mut stack) } {
        0 => Ok(stack),
        _ => Err(io::Error::last_os_error()),
    }
}

fn set(stack: &libc::stack_t) -> io::Result<()> {
    // SAFETY: the stack is mapped for as long as it is set, or `SS_DISABLE`.
    match unsafe { libc::sigaltstack(stack, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn map() -> io::Result<*mut c_void> {
    let (length, protection) = (page_size() + SIZE, libc::PROT_READ | libc::PROT_WRITE);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: new memory, at an address that the system chooses.
    let mapping = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
    if mapping == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the first page of what was mapped.
    unsafe { libc::mprotect(mapping, page_size(), libc::PROT_NONE) };
    Ok(mapping)
}
