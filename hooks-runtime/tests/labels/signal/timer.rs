//! A timer that sends SIGPROF to the thread that started it.

use std::mem::zeroed;
use std::ptr::null_mut;
use std::time::Duration;

pub(crate) type Handler = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// Sends SIGPROF to `handler` from now on.
pub(crate) fn install(handler: Handler) {
    // SAFETY: all zero is a valid `sigaction`; the handler is of the kind that SA_SIGINFO asks for.
    unsafe {
        let mut action: libc::sigaction = zeroed();
        action.sa_sigaction = handler as usize;
        // Not SA_ONSTACK: the standard library's signal stack is 8 KiB, which a debug build of this reader outgrows.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGPROF, &raw const action, null_mut()), 0);
    }
}

pub(crate) struct Timer(libc::timer_t);

/// Starts one for this thread, by the wall clock: timers of CPU time tick no faster than the kernel.
pub(crate) fn start(period: Duration) -> Timer {
    // SAFETY: all zero is a valid `sigevent`; every pointer is to a live local.
    unsafe {
        let mut event: libc::sigevent = zeroed();
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = libc::SIGPROF;
        event.sigev_notify_thread_id = libc::gettid();
        let mut timer: libc::timer_t = zeroed();
        assert_eq!(libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer), 0);
        let period = libc::timespec { tv_sec: 0, tv_nsec: period.as_nanos().try_into().unwrap() };
        let setting = libc::itimerspec { it_interval: period, it_value: period };
        assert_eq!(libc::timer_settime(timer, 0, &raw const setting, null_mut()), 0);
        Timer(timer)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: made by `start`, deleted once. A signal that is pending is delivered on the way out of the call.
        unsafe { libc::timer_delete(self.0) };
    }
}
