//! A signal as a timer would send it, at a chosen instant: what one sample costs is measured with it.

use super::handler::with_current;
use crate::process::own_id;
use std::ffi::c_int;

/// The kernel's `siginfo` of a timer's signal.
#[repr(C)]
struct Info {
    signal: c_int,
    error: c_int,
    code: c_int,
    padding: c_int,
    timer: c_int,
    overrun: c_int,
    value: u64,
    rest: [u64; 12],
}

/// Has the calling thread sampled, as if its timer had expired. Returns once the handler has run; `false` if no profile
/// is being taken or the thread is not attached. With `empty`, the handler finds a signal that is nobody's.
pub(crate) fn sample_now(empty: bool) -> bool {
    let tid = own_id();
    let mut value = None;
    with_current(|session| value = session.threads.value(tid));
    value.is_some_and(|value| send(tid, if empty { 0 } else { value }))
}

fn send(tid: libc::pid_t, value: u64) -> bool {
    let info = Info {
        signal: libc::SIGPROF,
        error: 0,
        code: libc::SI_TIMER,
        padding: 0,
        timer: 0,
        overrun: 0,
        value,
        rest: [0; 12],
    };
    // SAFETY: has the size and layout of the kernel's `siginfo`, and is read only.
    unsafe {
        libc::syscall(libc::SYS_rt_tgsigqueueinfo, libc::getpid(), tid, libc::SIGPROF, &raw const info) == 0
    }
}
