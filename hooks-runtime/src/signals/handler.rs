//! SIGNAL HANDLER. What the handlers of both crates share. Nothing is allocated, locked or waited for.

use super::action::{current, set_default};
use std::ffi::{c_int, c_void};

/// A handler with `SA_SIGINFO`.
pub type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// Signals of the processor: blocked, they would end the process, so that their handlers are let through.
pub const FAULTS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP];

/// Whether the signal says what the program has done, and nobody asks for anything with it.
pub fn tells_of_a_fault(signal: c_int) -> bool {
    FAULTS.contains(&signal) || [libc::SIGABRT, libc::SIGSYS].contains(&signal)
}

/// What the interrupted code may be about to read; put back where this is dropped.
#[must_use]
pub struct Errno(c_int);

impl Errno {
    /// Reads it.
    pub fn save() -> Self {
        // SAFETY: the address of this thread's own `errno`.
        Self(unsafe { *Self::place() })
    }

    fn place() -> *mut c_int {
        #[cfg(any(target_os = "illumos", target_os = "solaris"))]
        use libc::___errno as place;
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        use libc::__errno as place;
        #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
        use libc::__errno_location as place;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        use libc::__error as place;
        // SAFETY: no memory is passed.
        unsafe { place() }
    }
}

impl Drop for Errno {
    fn drop(&mut self) {
        // SAFETY: as in `save`.
        unsafe { *Self::place() = self.0 };
    }
}

/// Every signal that can be blocked, without `let_through`. Those too that the C library keeps for itself, and leaves out of a
/// full set: by one of them it cancels threads (`pthread_cancel`), which would unwind out of the handler.
pub fn all_but(let_through: impl IntoIterator<Item = c_int>) -> libc::sigset_t {
    // SAFETY: a set of zeros is valid; the calls change the local.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigfillset(&raw mut set);
        // The kernel's set is an array of bits.
        #[cfg(target_os = "linux")]
        std::ptr::write_bytes(&raw mut set, 0xff, 1);
        for signal in let_through {
            libc::sigdelset(&raw mut set, signal);
        }
        set
    }
}

/// Calls the handler of `action`; false if it is the default action. As the kernel has it, the signal waits meanwhile,
/// unless the handler asked for `SA_NODEFER` and the stack has room for it. What else waits is what waits for ours.
///
/// The other flag that matters, `SA_RESETHAND`, is for who keeps the action: the next signal finds the default one.
///
/// # Safety
/// The action was installed for this signal, and the rest is what the kernel passed to our handler.
pub unsafe fn call(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) -> bool {
    // SAFETY: looks into the set.
    let in_mask = || unsafe { libc::sigismember(&raw const action.sa_mask, signal) } == 1;
    let waits = action.sa_flags & libc::SA_NODEFER == 0 || in_mask() || !has_room_for_another();
    match action.sa_sigaction {
        libc::SIG_DFL => false,
        libc::SIG_IGN => true,
        _ => {
            let before = change_mask(if waits { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK }, signal);
            // SAFETY: as the caller promises.
            unsafe { enter(action, signal, info, context) };
            // SAFETY: points to a local.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut()) };
            true
        }
    }
}

/// Whether a second handler can run on top of this one. On the alternate stacks of std's threads, 8 KiB, it cannot: the
/// kernel's frame alone takes up to 3.5.
fn has_room_for_another() -> bool {
    const ROOM: usize = 16 * 1024;
    // SAFETY: a struct of zeros is valid, and the call fills it.
    let stack = unsafe {
        let mut stack: libc::stack_t = std::mem::zeroed();
        libc::sigaltstack(std::ptr::null(), &raw mut stack);
        stack
    };
    stack.ss_flags & libc::SS_ONSTACK == 0
        || (&raw const stack).addr().saturating_sub(stack.ss_sp.addr()) >= ROOM
}

/// Blocks the signal, or lets it through, on this thread; the mask that was in force before.
fn change_mask(how: c_int, signal: c_int) -> libc::sigset_t {
    // SAFETY: sets of zeros are valid; the calls change the locals.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::pthread_sigmask(how, &raw const set, &raw mut before);
        before
    }
}

/// Calls the function of `action`, under the mask that is in force.
///
/// # Safety
/// As for [`call`]; the action is a function.
pub unsafe fn enter(
    action: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    if action.sa_flags & libc::SA_SIGINFO == 0 {
        // SAFETY: without SA_SIGINFO it is a handler of one argument.
        unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(action.sa_sigaction)(signal) };
    } else {
        // SAFETY: with SA_SIGINFO it is a handler of these three, which are the kernel's.
        unsafe { std::mem::transmute::<usize, Handler>(action.sa_sigaction)(signal, info, context) };
    }
}

/// Does what the signal does in a program that does not handle it.
pub fn by_default(signal: c_int) {
    match signal {
        libc::SIGCHLD | libc::SIGCONT | libc::SIGURG | libc::SIGWINCH => {}
        libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => {
            // SAFETY: passes no memory; async-signal-safe.
            unsafe { libc::raise(libc::SIGSTOP) };
        }
        _ => end_by(signal),
    }
}

/// Ends the process as the signal would have if nobody had caught it.
pub fn end_by(signal: c_int) -> ! {
    set_default(signal);
    // SAFETY: async-signal-safe calls; the set of zeros is valid, and lives through them.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, signal);
        libc::raise(signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
        // The first process of a container does not die of signals.
        libc::_exit(128 + signal)
    }
}

/// Whether nobody handles the signal.
pub fn is_default(signal: c_int) -> bool {
    current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_DFL)
}
