//! An alternate signal stack for threads that std did not make.

use super::error::Error;
use crate::process::{Mapping, page_size};
use std::marker::PhantomData;

/// Size in bytes, without the guard page.
const SIZE: usize = 64 * 1024;

/// Where handlers of the calling thread run when its own stack has overflowed.
///
/// Threads of `std::thread` have one of std's. A thread that C made has none, and when its stack overflows the kernel
/// ends the process before anybody can report it. Such a thread makes one of these, first thing, and keeps it to its
/// end.
///
/// ```
/// let stack = hooks_service::crash::AlternateStack::new()?;
/// // .. the thread's work ..
/// drop(stack);
/// # Ok::<(), hooks_service::crash::Error>(())
/// ```
///
/// Dropped, it gives the thread back the one it had before. Cost: 64 KiB of address space and three system calls.
#[derive(Debug)]
#[must_use = "dropped, the stack is gone"]
pub struct AlternateStack {
    before: libc::stack_t,
    /// Unmapped after the kernel has forgotten it, see `drop`.
    _memory: Mapping,
    /// It is the calling thread's.
    _not_send: PhantomData<*const ()>,
}

impl AlternateStack {
    /// Gives the calling thread an alternate stack of 64 KiB with a guard page.
    ///
    /// # Errors
    /// [`Error::Kernel`] where memory is short.
    pub fn new() -> Result<Self, Error> {
        let guard = page_size();
        let memory = Mapping::new(SIZE + guard).map_err(Error::kernel("mmap"))?;
        memory.guard(0, guard).map_err(Error::kernel("mprotect"))?;
        // SAFETY: behind the guard page, inside of the mapping.
        let start = unsafe { memory.start().add(guard) };
        let stack = libc::stack_t { ss_sp: start.cast(), ss_flags: 0, ss_size: SIZE };
        // SAFETY: plain data, all zeroes are valid.
        let mut before: libc::stack_t = unsafe { std::mem::zeroed() };
        // SAFETY: the stack is ours alone, and stays mapped until `drop` has taken it from the kernel.
        if unsafe { libc::sigaltstack(&raw const stack, &raw mut before) } != 0 {
            return Err(Error::last("sigaltstack"));
        }
        Ok(Self { before, _memory: memory, _not_send: PhantomData })
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // SAFETY: the one that was there before us, and that whoever made it has kept.
        unsafe { libc::sigaltstack(&raw const self.before, std::ptr::null_mut()) };
    }
}
