//! Threads of C that are cancelled: not inside of the profiler, whose handler cannot be unwound.

use crate::support::forked::exit_status;
use hooks_service::profile::{Clock, CpuProfile};
use std::ffi::{c_int, c_void};
use std::hint::black_box;
use std::time::Duration;

type Start = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

unsafe extern "C" {
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const c_void,
        start: Start,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_cancel(thread: libc::pthread_t) -> c_int;
    fn pthread_join(thread: libc::pthread_t, result: *mut *mut c_void) -> c_int;
    fn pthread_setcanceltype(kind: c_int, before: *mut c_int) -> c_int;
}

unsafe extern "C-unwind" {
    fn pthread_testcancel();
}

/// Computes for ever between the points where it may be cancelled. No destructors in this frame.
extern "C-unwind" fn computes(_: *mut c_void) -> *mut c_void {
    loop {
        (0..2_000_000_u64).for_each(|number| _ = black_box(number));
        // SAFETY: what is unwound from here are frames without destructors.
        unsafe { pthread_testcancel() };
    }
}

/// May be cancelled at any instruction: what a thread in a call of C that waits is in, too.
extern "C-unwind" fn computes_and_may_be_cancelled_anywhere(_: *mut c_void) -> *mut c_void {
    const ASYNCHRONOUS: c_int = 1;
    // To be sampled at once.
    hooks_runtime::labels::observe::thread_started();
    // SAFETY: there is nothing in this thread that would be left half done.
    unsafe { pthread_setcanceltype(ASYNCHRONOUS, std::ptr::null_mut()) };
    loop {
        black_box(0);
    }
}

fn cancelled(start: Start, time: Duration) {
    // SAFETY: the thread is joined before its id goes.
    unsafe {
        let mut thread = std::mem::zeroed();
        let mut result = std::ptr::null_mut();
        assert_eq!(pthread_create(&raw mut thread, std::ptr::null(), start, std::ptr::null_mut()), 0);
        std::thread::sleep(time);
        assert_eq!(pthread_cancel(thread), 0);
        assert_eq!(pthread_join(thread, &raw mut result), 0);
        assert_eq!(result.addr().cast_signed(), -1, "PTHREAD_CANCELED");
    }
}

/// In a child: it dies where the handler is unwound, and waits for one that was left in the middle.
#[test]
fn a_thread_is_not_cancelled_inside_of_the_profiler() {
    let status = exit_status(|| {
        // SAFETY: takes a number.
        unsafe { libc::alarm(60) };
        // By perf events, where there are any.
        let running = CpuProfile::builder().hz(2_000).start().unwrap();
        (0..3).for_each(|_| cancelled(computes, Duration::from_millis(200)));
        running.stop().unwrap();
        let running = CpuProfile::builder().hz(10_000).clock(Clock::Wall).start().unwrap();
        for number in 0..200 {
            cancelled(computes_and_may_be_cancelled_anywhere, Duration::from_micros(20 * number));
        }
        running.stop().unwrap();
        0
    });
    assert_eq!(status, 0);
}
