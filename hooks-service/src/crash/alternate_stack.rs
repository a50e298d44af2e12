//! An alternate signal stack for threads that std did not make.

use super::error::Error;
use crate::process::stack;

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
    _stack: stack::AlternateStack,
}

impl AlternateStack {
    /// Gives the calling thread an alternate stack of 64 KiB with a guard page.
    ///
    /// # Errors
    /// [`Error::Kernel`] where memory is short.
    pub fn new() -> Result<Self, Error> {
        let stack = stack::AlternateStack::new().map_err(Error::kernel("sigaltstack"))?;
        Ok(Self { _stack: stack })
    }
}
