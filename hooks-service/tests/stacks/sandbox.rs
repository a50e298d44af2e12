//! Where a sandbox forbids the call that copies stacks.

use super::{in_a_child, until_in};
use std::sync::atomic::{AtomicBool, Ordering};

/// From now on the kernel refuses the call with the number `call`, on this thread and those that it starts.
fn forbid(call: libc::c_long) -> bool {
    let step = |code: u32, yes, no, value| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt: yes,
        jf: no,
        k: value,
    };
    let (is_equal, returns) = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::BPF_RET | libc::BPF_K);
    let mut steps = [
        // The number of the call is the first of what is looked at.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(is_equal, 0, 1, u32::try_from(call).unwrap()),
        step(returns, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned()),
        step(returns, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
    // SAFETY: a program of four steps, which the kernel copies.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0
    }
}

static OVER: AtomicBool = AtomicBool::new(false);
static CHANGED: AtomicBool = AtomicBool::new(false);

/// Runs, and looks whether somebody changes its `errno`.
#[inline(never)]
fn watch_errno() {
    // SAFETY: this thread's own.
    let errno = unsafe { &mut *libc::__errno_location() };
    *errno = libc::EXDEV;
    while !OVER.load(Ordering::Relaxed) {
        // SAFETY: reads what a handler may have written.
        if unsafe { (&raw const *errno).read_volatile() } != libc::EXDEV {
            CHANGED.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn the_rest_of_a_page_is_had_and_errno_is_as_it_was() {
    in_a_child(|| {
        assert!(forbid(libc::SYS_process_vm_readv), "{}", std::io::Error::last_os_error());
        let thread = std::thread::Builder::new().name("watches".into()).spawn(watch_errno).unwrap();
        until_in("watches", "watch_errno");
        OVER.store(true, Ordering::Relaxed);
        thread.join().unwrap();
        !CHANGED.load(Ordering::Relaxed)
    });
}
