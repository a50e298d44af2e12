//! What goes on beside a profile is not disturbed by it: threads that wait, handlers of the program, the program that comes
//! next.

use super::load;
use crate::support::forked::exit_status;
use hooks_runtime::labels::observe::thread_started;
use hooks_service::profile::CpuProfile;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Whether a call that waits for 300 ms does so, while another thread computes for a good part of that; `None`: that one had no
/// processor.
fn waits_in_peace() -> Option<bool> {
    let before = load::process_time();
    // SAFETY: no descriptors.
    let in_peace = unsafe { libc::poll(std::ptr::null_mut(), 0, 300) } == 0;
    let computed = load::process_time().saturating_sub(before) > Duration::from_millis(50);
    (computed || !in_peace).then_some(in_peace)
}

/// In a child, whose first thread this is: the kernel likes to give signals to that one.
#[test]
fn a_thread_that_waits_gets_no_signals_of_one_that_computes_and_blocks_them() {
    let status = exit_status(|| {
        static OVER: AtomicBool = AtomicBool::new(false);
        let computes = thread::spawn(|| {
            load::mask_sigprof(libc::SIG_BLOCK);
            while !OVER.load(Ordering::Relaxed) {
                load::burn(Duration::from_millis(10));
            }
        });
        let running = CpuProfile::builder().start().unwrap();
        let start = Instant::now();
        let mut in_row = 0;
        while in_row < 3 && start.elapsed() < Duration::from_secs(120) {
            in_row = waits_in_peace().map_or(in_row, |in_peace| if in_peace { in_row + 1 } else { 0 });
        }
        OVER.store(true, Ordering::Relaxed);
        computes.join().unwrap();
        let profile = running.stop().unwrap();
        assert_eq!(in_row, 3, "{:?}", profile.comments());
        0
    });
    assert_eq!(status, 0);
}

/// A handler that formats a line, say, on std's alternate stack.
extern "C" fn takes_its_time(_: libc::c_int) {
    let mut line = [0_u8; 2048];
    black_box(&mut line);
    load::for_thread_time(Duration::from_millis(300), || _ = load::spin());
    black_box(&mut line);
}

#[test]
fn a_handler_of_the_program_has_room_on_threads_that_announce_themselves() {
    let status = exit_status(|| {
        let running = CpuProfile::builder().hz(1000).start().unwrap();
        // SAFETY: a struct of zeros is valid; the handler computes.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = takes_its_time as extern "C" fn(libc::c_int) as usize;
            action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
            assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()), 0);
        }
        let work = || {
            thread_started();
            load::burn(Duration::from_millis(200));
            // SAFETY: handled.
            unsafe { libc::raise(libc::SIGUSR1) };
        };
        thread::spawn(work).join().unwrap();
        i32::from(load::weight(&running.stop().unwrap(), "takes_its_time") == 0)
    });
    assert_eq!(status, 0);
}

#[test]
fn a_program_that_takes_the_place_of_this_one_is_left_alone() {
    use std::os::unix::process::CommandExt;
    let status = exit_status(|| {
        std::mem::forget(CpuProfile::builder().start().unwrap());
        load::burn(Duration::from_millis(50));
        let counts = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exit 7";
        println!("{}", Command::new("sh").args(["-c", counts]).exec());
        1
    });
    assert_eq!(status, 7);
}
