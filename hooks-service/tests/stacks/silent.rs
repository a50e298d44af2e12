//! Threads that do not answer are listed, and why.

use super::{dump, in_a_child, named, until};
use hooks_service::stacks::{Answer, Capture, Dump, Thread, prepare, signal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A line of what the kernel says of a thread.
fn field(tid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/self/task/{tid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
}

/// The signals that wait for threads, as the kernel counts those of this user.
fn queued(tid: u32) -> u64 {
    field(tid, "SigQ:").split('/').next().unwrap().parse().unwrap()
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
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
    for _ in 0..300 {
        assert_eq!(named(&dump(), "deaf").answer(), Answer::BlocksSignal);
    }
    // Other processes of this user have some too.
    assert!(queued(deaf.id()) < waiting + 250, "each dump leaves a signal behind");
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

static LET_GO: AtomicBool = AtomicBool::new(false);

extern "C" fn sleep_and_exit(_: *mut libc::c_void) -> libc::c_int {
    let time = libc::timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    for _ in 0..30_000 {
        if LET_GO.load(Ordering::Relaxed) {
            break;
        }
        // SAFETY: a system call only: this runs in the parent's memory.
        unsafe { libc::nanosleep(&raw const time, std::ptr::null_mut()) };
    }
    // SAFETY: as above.
    unsafe { libc::_exit(0) }
}

/// A parent waits for a child of `vfork` in the kernel, where only a deadly signal reaches it.
fn wait_in_the_kernel() {
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
}

#[test]
fn threads_that_wait_in_the_kernel_are_waited_for_together() {
    const THREADS: usize = 140;
    prepare().unwrap();
    let start = |index| {
        let thread = thread::Builder::new().name(format!("vforks-{index}")).stack_size(64 * 1024);
        thread.spawn(wait_in_the_kernel).unwrap()
    };
    let threads: Vec<_> = (0..THREADS).map(start).collect();
    let take = || Capture::new().interval(Duration::ZERO).patience(Duration::from_secs(2)).take().unwrap();
    let vforks = |dump: &Dump, answer| {
        let threads = dump.threads().iter().filter(|thread| thread.name().starts_with("vforks-"));
        threads.filter(|thread| thread.answer() == answer).count()
    };
    let in_kernel = |tid: &u32| field(*tid, "State:").starts_with('D');
    let ids = || -> Vec<u32> {
        let entries = std::fs::read_dir("/proc/self/task").unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect()
    };
    until(|| ids().iter().filter(|tid| in_kernel(tid)).count() == THREADS);
    assert_eq!(vforks(&take(), Answer::Uninterruptible), THREADS);
    let is_asked =
        |tid: &u32| u64::from_str_radix(&field(*tid, "SigPnd:"), 16).unwrap() >> (signal() - 1) & 1 == 1;
    let asked = ids().iter().filter(|tid| is_asked(tid)).count();
    assert!(
        asked <= 128,
        "{asked}: those that would have to wait for others to be given up need not be asked"
    );
    let before = queued(std::process::id());
    for _ in 0..10 {
        assert_eq!(vforks(&take(), Answer::Uninterruptible), THREADS);
    }
    // Other processes of this user have some too.
    let more = queued(std::process::id()).saturating_sub(before);
    assert!(more < 5 * THREADS as u64, "{more}: each dump leaves a signal behind");
    LET_GO.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(take().threads().iter().all(|thread| !thread.name().starts_with("vforks-")));
}

#[test]
fn a_first_thread_that_has_ended_is_not_waited_for() {
    extern "C" fn take_and_exit(_: *mut libc::c_void) -> *mut libc::c_void {
        let first = || {
            let dump = Capture::new().interval(Duration::ZERO).take().ok()?;
            dump.threads().iter().find(|thread| thread.id() == std::process::id()).map(Thread::answer)
        };
        while first() == Some(Answer::Whole) {}
        let code = i32::from(first() != Some(Answer::Ended));
        // SAFETY: ends the child.
        unsafe { libc::_exit(code) }
    }
    in_a_child(|| {
        // SAFETY: starts a thread of the child's and ends this one; its name is a number, or an address.
        unsafe {
            let mut thread: libc::pthread_t = std::mem::zeroed();
            let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
            libc::pthread_attr_init(&raw mut attributes);
            // In a debug build the unwinder's room is put together on the stack, of which musl gives a thread 128 KiB.
            libc::pthread_attr_setstacksize(&raw mut attributes, 1 << 20);
            libc::pthread_create(&raw mut thread, &raw const attributes, take_and_exit, std::ptr::null_mut());
            libc::syscall(libc::SYS_exit, 0);
        }
        unreachable!("it has ended")
    });
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
