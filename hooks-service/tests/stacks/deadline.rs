//! The dump at a shutdown's deadline.

use super::{in_a_child, until};
use hooks_service::signals::Shutdown;
use hooks_service::stacks::{Capture, Error, prepare};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

static IS_SEEN: AtomicBool = AtomicBool::new(false);

/// A dump that waits for a thread that runs and blocks all signals.
fn take_a_long_dump() {
    // SAFETY: a local set; this thread's mask only.
    thread::spawn(|| unsafe {
        let mut mask = std::mem::zeroed();
        libc::sigfillset(&raw mut mask);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const mask, std::ptr::null_mut());
        loop {
            std::hint::spin_loop();
        }
    });
    // Again until it was seen: on a busy machine it may be over before anyone looks.
    thread::spawn(|| {
        while !IS_SEEN.load(Ordering::Relaxed) {
            let _ = Capture::new().patience(Duration::from_millis(400)).take();
        }
    });
}

#[test]
fn the_deadline_waits_for_a_dump_that_is_being_taken() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    in_a_child(|| {
        // SAFETY: this process's own error stream.
        unsafe { libc::dup2(writer.as_raw_fd(), 2) };
        let _shutdown =
            Shutdown::builder().drain_deadline(Duration::from_millis(50)).overdue_status(0).start().unwrap();
        prepare().unwrap();
        take_a_long_dump();
        until(|| matches!(prepare(), Err(Error::Busy)));
        IS_SEEN.store(true, Ordering::Relaxed);
        // SAFETY: a signal to this process, which is handled.
        unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
        loop {
            thread::park();
        }
    });
    drop(writer);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert!(said.contains("still runs; ending it") && said.contains("\nstack dump 20"), "{said}");
}
