//! A thread that a debugger holds.

use super::{dump, named};
use hooks_service::stacks::{Answer, State};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::thread;

/// What a debugger does, in a forked child: system calls only, since the parent has other threads.
fn hold(thread: libc::pid_t, held: &PipeWriter, let_go: &PipeReader) -> ! {
    let nothing = std::ptr::null_mut::<libc::c_void>();
    let mut word = 0_u8;
    // SAFETY: system calls, of which the last three are given live locals.
    unsafe {
        let seized = libc::ptrace(libc::PTRACE_SEIZE, thread, nothing, nothing) == 0
            && libc::ptrace(libc::PTRACE_INTERRUPT, thread, nothing, nothing) == 0
            && libc::waitpid(thread, std::ptr::null_mut(), libc::__WALL) == thread;
        let said = u8::from(seized);
        libc::write(held.as_raw_fd(), (&raw const said).cast(), 1);
        libc::read(let_go.as_raw_fd(), (&raw mut word).cast(), 1);
        // The thread goes on when its debugger has ended.
        libc::_exit(0)
    }
}

#[test]
fn a_thread_that_a_debugger_holds_is_said_to_be_stopped() {
    let (tell, told) = mpsc::channel();
    let body = move || {
        // SAFETY: takes nothing.
        tell.send(unsafe { libc::gettid() }).unwrap();
        thread::park();
    };
    let parked = thread::Builder::new().name("debugged".into()).spawn(body).unwrap();
    let id = told.recv().unwrap();
    let (mut is_held, held) = pipe().unwrap();
    let (let_go, mut may_go) = pipe().unwrap();
    // SAFETY: takes numbers. Where Yama is on, a process may be debugged by whom it names; elsewhere the call fails.
    unsafe { libc::prctl(libc::PR_SET_PTRACER, libc::PR_SET_PTRACER_ANY) };
    // SAFETY: the child makes system calls only.
    let debugger = unsafe { libc::fork() };
    if debugger == 0 {
        hold(id, &held, &let_go);
    }
    let mut word = [0];
    is_held.read_exact(&mut word).unwrap();
    if word == [1] {
        let dump = dump();
        let held = named(&dump, "debugged");
        assert_eq!((held.answer(), held.state()), (Answer::Stopped, State::Stopped));
        let mut text = Vec::new();
        dump.write_text(&mut text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("\"debugged\" [stopped"));
    } else {
        println!("not tested: this machine lets nobody debug");
    }
    may_go.write_all(&word).unwrap();
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::waitpid(debugger, std::ptr::null_mut(), 0) }, debugger);
    let again = dump();
    assert_eq!(named(&again, "debugged").answer(), Answer::Whole);
    parked.thread().unpark();
    parked.join().unwrap();
}
