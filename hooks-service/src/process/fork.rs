//! SIGNAL HANDLER too. What a fork leaves in doubt: a child has the parent's memory, and in it what is not its own. Nothing is
//! allocated, locked or waited for.

use std::sync::atomic::{AtomicU32, Ordering};

/// The process that has something of which there is one in a process. A child that was forked meanwhile has a copy of this,
/// and not the thing.
#[derive(Debug)]
pub(crate) struct Owner(AtomicU32);

impl Owner {
    pub(crate) const fn nobody() -> Self {
        Self(AtomicU32::new(0))
    }

    #[cfg(test)]
    pub(super) fn of_another_process() -> Self {
        Self(AtomicU32::new(own_process() ^ 1))
    }

    /// Whether this process has it.
    pub(crate) fn is_this_process(&self) -> bool {
        self.0.load(Ordering::Acquire) == own_process()
    }

    /// Takes it, for one thread alone; `false`: this process has it already. What the parent has is not taken from it.
    pub(crate) fn claim(&self) -> bool {
        self.take().is_some()
    }

    /// As [`claim`](Self::claim). `Some(true)`: a process that this one was forked from has it too.
    pub(super) fn take(&self) -> Option<bool> {
        let own = own_process();
        let free = |owner| (owner != own).then_some(own);
        let before = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).ok()?;
        Some(before != 0)
    }

    /// Nobody has it any more.
    pub(crate) fn release(&self) {
        self.0.store(0, Ordering::Release);
    }
}

/// Not `std::process::id`, of which nobody promises that handlers may call it.
pub(crate) fn own_process() -> u32 {
    #[cfg(not(unix))]
    return std::process::id();
    // SAFETY: always succeeds and touches nothing.
    #[cfg(unix)]
    unsafe { libc::getpid() }.cast_unsigned()
}

/// The process and the thread in one number, which is not zero.
#[cfg(target_os = "linux")]
pub(crate) fn this_thread() -> u64 {
    u64::from(own_process()) << 32 | u64::from(super::proc::own_id().cast_unsigned())
}

/// Whether `thread` is of the process that this one was forked from.
#[cfg(target_os = "linux")]
pub(crate) fn is_of_another_process(thread: u64) -> bool {
    thread >> 32 != u64::from(own_process())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_a_forked_child_does_not() {
        let owner = Owner::nobody();
        assert!(!owner.is_this_process() && owner.claim() && !owner.claim() && owner.is_this_process());
        owner.release();
        assert!(!owner.is_this_process() && owner.claim());
        // SAFETY: the child makes system calls alone.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let own = !owner.is_this_process() && owner.claim() && owner.is_this_process();
            // SAFETY: ends the child.
            unsafe { libc::_exit(i32::from(own)) }
        }
        let mut status = 0;
        // SAFETY: the call fills the status.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(libc::WEXITSTATUS(status), 1);
        assert!(owner.is_this_process());
    }
}
