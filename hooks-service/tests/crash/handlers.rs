//! Handlers of the program's, which are there before crash output is installed.

use super::ways::null;
use libc::{SA_NODEFER, SA_RESETHAND, SIGSEGV, SIGTRAP};

/// Installs those that the options name, for `SIGSEGV`.
pub(crate) fn install(has: &dyn Fn(&str) -> bool) {
    let handlers: [(&str, extern "C" fn(i32), i32); 6] = [
        ("handler", says, 0),
        ("bad-handler", crashes, 0),
        ("forking-handler", forks, 0),
        ("raising-handler", raises, 0),
        ("raising-handler-that-does-not-wait", raises, SA_NODEFER | SA_RESETHAND),
        ("handler-that-sends-what-is-ignored", sends_what_is_ignored, 0),
    ];
    for (_, handler, flags) in handlers.into_iter().filter(|(option, ..)| has(option)) {
        // SAFETY: a struct of zeros is valid; the handlers make system calls.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as libc::sighandler_t;
            action.sa_flags = flags;
            assert_eq!(libc::sigaction(SIGSEGV, &raw const action, std::ptr::null_mut()), 0);
        }
    }
}

fn write(text: &str) {
    // SAFETY: reads the text.
    unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
}

extern "C" fn says(_: i32) {
    write("the program's own handler\n");
}

extern "C" fn crashes(_: i32) {
    null();
}

/// Has a child do the work, which crashes in turn.
extern "C" fn forks(_: i32) {
    // SAFETY: the child aborts at once.
    unsafe {
        match libc::fork() {
            0 => libc::abort(),
            child => {
                let mut status = 0;
                assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
                assert_eq!(libc::WTERMSIG(status), libc::SIGABRT);
            }
        }
    }
    write("the child has ended\n");
}

/// The signal waits for the end of the handler, or does not.
extern "C" fn raises(signal: i32) {
    // SAFETY: passes no memory.
    unsafe { libc::raise(signal) };
    write("after the raise\n");
    // SAFETY: ends the process.
    unsafe { libc::_exit(1) };
}

extern "C" fn sends_what_is_ignored(_: i32) {
    // SAFETY: passes no memory.
    unsafe { libc::raise(SIGTRAP) };
    write("still alive\n");
}

/// Waits for a signal that this thread has blocked at all other times.
pub(crate) fn suspended() {
    // SAFETY: local sets; waits for the signal that has been sent.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        let none = set;
        libc::sigaddset(&raw mut set, SIGTRAP);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        libc::raise(SIGTRAP);
        libc::sigsuspend(&raw const none);
    }
}
