//! Threads that do not answer are listed, and why.

use super::{dump, named, until};
use hooks_service::stacks::{Answer, Capture, Thread, prepare, signal};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The signals that wait for a thread, as the kernel counts those of this user.
fn queued(tid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/self/task/{tid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("SigQ:")).unwrap();
    line.trim().split('/').next().unwrap().parse().unwrap()
}

#[test]
fn a_thread_that_blocks_the_signal() {
    prepare().unwrap();
    let (ready, is_ready) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let body = move || {
        let mut mask = std::mem::MaybeUninit::uninit();
        // SAFETY: a local that is initialised first; this thread's mask only.
        unsafe {
            libc::sigfillset(mask.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, mask.as_ptr(), std::ptr::null_mut());
        }
        ready.send(()).unwrap();
        let _ = may_go_on.recv();
        // SAFETY: as above. What has waited arrives here, and finds that nobody asks any more.
        unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, mask.as_ptr(), std::ptr::null_mut()) };
        ready.send(()).unwrap();
        let _ = may_go_on.recv();
    };
    let thread = thread::Builder::new().name("deaf".into()).spawn(body).unwrap();
    is_ready.recv().unwrap();
    let first = dump();
    let deaf = named(&first, "deaf");
    assert_eq!(deaf.answer(), Answer::BlocksSignal);
    assert!(deaf.stack().is_empty());
    let waiting = queued(deaf.id());
    for _ in 0..20 {
        assert_eq!(named(&dump(), "deaf").answer(), Answer::BlocksSignal);
    }
    assert!(queued(deaf.id()) < waiting + 10, "each dump leaves a signal behind");
    let mut text = Vec::new();
    first.write_text(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("ing, no stack: blocks the signal]:"), "{text}");
    go_on.send(()).unwrap();
    is_ready.recv().unwrap();
    assert_eq!(named(&dump(), "deaf").answer(), Answer::Whole, "it hears again");
    assert!(signal() > 0);
    drop(go_on);
    thread.join().unwrap();
}

extern "C" fn sleep_and_exit(_: *mut libc::c_void) -> libc::c_int {
    let time = libc::timespec { tv_sec: 1, tv_nsec: 500_000_000 };
    // SAFETY: system calls only: this runs in the parent's memory.
    unsafe {
        libc::nanosleep(&raw const time, std::ptr::null_mut());
        libc::_exit(0)
    }
}

/// A parent waits for a child of `vfork` in the kernel, where only a deadly signal reaches it.
#[test]
fn a_thread_that_waits_in_the_kernel() {
    let body = || {
        let mut stack = vec![0_u8; 64 * 1024];
        // SAFETY: the child has the stack for itself while this thread waits for it, and makes system calls only.
        unsafe {
            let top = stack.as_mut_ptr().add(stack.len() - 64);
            let top = top.map_addr(|address| address & !15);
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            let child = libc::clone(sleep_and_exit, top.cast(), flags, std::ptr::null_mut());
            assert!(child > 0);
            assert_eq!(libc::waitpid(child, std::ptr::null_mut(), 0), child);
        }
    };
    let thread = thread::Builder::new().name("vforks".into()).spawn(body).unwrap();
    let asleep = || {
        let dump =
            Capture::new().interval(Duration::ZERO).patience(Duration::from_millis(200)).take().unwrap();
        let found = dump.threads().iter().find(|thread| thread.name() == "vforks").map(Thread::answer);
        found == Some(Answer::Uninterruptible)
    };
    until(asleep);
    thread.join().unwrap();
    assert!(dump().threads().iter().all(|thread| thread.name() != "vforks"));
}

#[test]
fn a_kernel_that_queues_no_more_signals() {
    prepare().unwrap();
    let parked = thread::Builder::new().name("parked".into()).spawn(thread::park).unwrap();
    until(|| dump().threads().iter().any(|thread| thread.name() == "parked"));
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: reads and writes a local; the soft limit is this process's own.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_SIGPENDING, &raw mut limit), 0);
        let none = libc::rlimit { rlim_cur: 0, ..limit };
        assert_eq!(libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const none), 0);
    }
    assert_eq!(named(&dump(), "parked").answer(), Answer::Refused);
    // SAFETY: as above.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const limit) }, 0);
    assert_eq!(named(&dump(), "parked").answer(), Answer::Whole);
    parked.thread().unpark();
    parked.join().unwrap();
}
