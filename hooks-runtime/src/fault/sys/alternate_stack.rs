//! A stack of 64 KiB for the signal handlers of each thread that deals with guarded maps.
//!
//! std's is 8 KiB, enough for its own handler and not for a crash report before it. A thread that has one as large as
//! ours keeps it.

use super::memory::page_size;
use std::ffi::c_void;

const SIZE: usize = 64 * 1024;

/// Once a thread; where the system has no memory for it the thread stays as it is. In a signal handler, where the stack in
/// use cannot be changed, nothing.
pub(super) fn ensure() {
    thread_local! {
        static STACK: Option<AlternateStack> = AlternateStack::install();
    }
    if current().is_none_or(|stack| stack.ss_flags & libc::SS_ONSTACK != 0) {
        return;
    }
    // While the thread ends it has what std has left it.
    let _ = STACK.try_with(|_| ());
}

struct AlternateStack {
    /// A page that nobody may touch, and the stack.
    mapping: *mut c_void,
    previous: libc::stack_t,
}

impl AlternateStack {
    fn install() -> Option<Self> {
        let previous = current()?;
        let is_enough = previous.ss_flags & libc::SS_DISABLE == 0 && previous.ss_size >= SIZE;
        if is_enough {
            return None;
        }
        let stack = AlternateStack { mapping: map()?, previous };
        set(&stack.described()).then_some(stack)
    }

    fn described(&self) -> libc::stack_t {
        libc::stack_t { ss_sp: self.mapping.wrapping_byte_add(page_size()), ss_flags: 0, ss_size: SIZE }
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // The main thread's is in use until the process ends.
        // SAFETY: no memory is passed.
        if unsafe { libc::gettid() == libc::getpid() } {
            return;
        }
        // std gives up its own before this, and disables whatever is there. If ours is still there, the previous one is
        // somebody else's, who will look for it.
        let is_current = current().is_some_and(|stack| stack.ss_sp == self.described().ss_sp);
        if is_current && !set(&self.previous) {
            return;
        }
        // SAFETY: ours, and no signal handler of this thread is on it: this is not one.
        unsafe { libc::munmap(self.mapping, page_size() + SIZE) };
    }
}

fn current() -> Option<libc::stack_t> {
    let mut stack = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: asks, and sets nothing.
    (unsafe { libc::sigaltstack(std::ptr::null(), &raw mut stack) } == 0).then_some(stack)
}

fn set(stack: &libc::stack_t) -> bool {
    // SAFETY: the stack is mapped for as long as it is set, or `SS_DISABLE`.
    unsafe { libc::sigaltstack(stack, std::ptr::null_mut()) == 0 }
}

fn map() -> Option<*mut c_void> {
    let (length, protection) = (page_size() + SIZE, libc::PROT_READ | libc::PROT_WRITE);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    // SAFETY: new memory, at an address that the system chooses.
    let mapping = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0) };
    if mapping == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the first page of what was mapped.
    unsafe { libc::mprotect(mapping, page_size(), libc::PROT_NONE) };
    Some(mapping)
}
