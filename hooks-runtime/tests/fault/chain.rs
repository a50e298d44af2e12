//! Who had the signals before us, and who takes them later.

use super::threads::change_mask;
use super::{
    Child, Handler, REPORTS, current, exit_33, in_fork, install, install_with, read, recovers, report,
    sanitized,
};
use crate::support::itself::emulator;
use crate::support::mapped::page;
use hooks_runtime::fault::{self, GuardedMap};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

child_tests! {
    a_sent_signal_ends_the_process: || {
        recovers();
        // SAFETY: no memory is passed.
        unsafe { libc::kill(libc::getpid(), libc::SIGSEGV) };
        std::thread::sleep(std::time::Duration::from_secs(120));
    }, |child| child.died_by(libc::SIGSEGV);

    a_sent_signal_ends_the_first_process_of_a_container: || {
        recovers();
        // An emulator that is the first process dies of a signal by one to itself, and waits for that for ever.
        // SAFETY: no memory is passed. From here on no thread can be started.
        let is_permitted = emulator().is_none() && unsafe { libc::unshare(libc::CLONE_NEWPID) } == 0;
        let status = in_fork(|| {
            // SAFETY: no memory is passed.
            unsafe { libc::raise(libc::SIGSEGV) };
        });
        let first = if is_permitted { 0 } else { libc::WTERMSIG(status) };
        // SAFETY: ends the process at once, which has no more to do.
        unsafe { libc::_exit(libc::WEXITSTATUS(status) + first) };
    }, |child| {
        // Where no container may be made, the other process died by it.
        let ends = [128 + libc::SIGSEGV, libc::SIGSEGV];
        assert!(sanitized() || child.0.status.code().is_some_and(|code| ends.contains(&code)), "{:?}", child.0);
    };

    a_sent_signal_that_somebody_handles_does_not_disarm_us: || {
        install(libc::SIGSEGV, count);
        recovers();
        for _ in 0..3 {
            // SAFETY: errno is this thread's own.
            let errno = unsafe {
                *libc::__errno_location() = 1234;
                libc::raise(libc::SIGSEGV);
                *libc::__errno_location()
            };
            assert_eq!(errno, 1234, "the handler that was called changes it");
            recovers();
        }
        assert_eq!(COUNTED.load(Ordering::Relaxed), 3);
        assert_eq!(fault::check_owner(), []);
    }, Child::ended_well;

    a_sent_signal_that_is_ignored_does_not_disarm_us: || {
        // SAFETY: no handler.
        unsafe { libc::signal(libc::SIGBUS, libc::SIG_IGN) };
        recovers();
        // SAFETY: no memory is passed.
        unsafe { libc::kill(libc::getpid(), libc::SIGBUS) };
        recovers();
        assert_eq!(fault::check_owner(), []);
    }, Child::ended_well;

    a_sent_signal_is_no_fault_of_a_copy_that_it_interrupts: || {
        install(libc::SIGSEGV, count);
        let map = GuardedMap::map_anon(1 << 20).unwrap();
        // SAFETY: no memory is passed.
        let reader = unsafe { libc::gettid() };
        std::thread::scope(|scope| {
            let sender = scope.spawn(move || for sent in 1..=200 {
                // SAFETY: the thread waits for this one.
                unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), reader, libc::SIGSEGV) };
                while u64::from(COUNTED.load(Ordering::Relaxed)) + fault::counts().recovered < sent {
                    std::thread::yield_now();
                }
            });
            let mut buffer = vec![0; map.len()];
            while !sender.is_finished() {
                assert_eq!(map.read_at(0, &mut buffer), Ok(()));
            }
        });
        assert_eq!((COUNTED.load(Ordering::Relaxed), fault::counts().recovered), (200, 0));
    }, Child::ended_well;

    the_previous_handler_has_what_is_not_ours: || {
        install(libc::SIGSEGV, exit_33);
        recovers();
        read(8);
    }, |child| assert_eq!(child.0.status.code(), Some(33), "{:?}", child.0);

    and_never_what_was_recovered: || {
        install(libc::SIGBUS, exit_33);
        recovers();
        assert_eq!(fault::counts().passed_on, 0);
    }, Child::ended_well;

    the_previous_handler_may_mend_the_fault: || {
        install(libc::SIGSEGV, unprotect);
        recovers();
        let map = GuardedMap::map_anon(page()).unwrap();
        PROTECTED.set(map.as_ptr().addr()).unwrap();
        // SAFETY: one page of the map.
        unsafe { libc::mprotect(map.as_ptr().cast(), page(), libc::PROT_NONE) };
        assert_eq!(read(map.as_ptr().addr()), 0);
        recovers();
    }, Child::ended_well;

    the_previous_handler_has_the_mask_that_it_would_have: || {
        install_with(libc::SIGSEGV, note_mask as Handler as libc::sighandler_t, 0, &[libc::SIGUSR2]);
        recovers();
        change_mask(libc::SIG_BLOCK, &[libc::SIGUSR1]);
        // SAFETY: no memory is passed.
        unsafe { libc::raise(libc::SIGSEGV) };
        let mask = MASK.load(Ordering::Relaxed);
        let is_blocked = |signal: c_int| mask & (1 << signal) != 0;
        let blocked = [libc::SIGUSR1, libc::SIGUSR2, libc::SIGSEGV].map(is_blocked);
        assert_eq!(blocked, [true; 3], "its thread's, its own, and the signal itself");
        assert!(!is_blocked(libc::SIGTERM) && !is_blocked(libc::SIGBUS), "{mask:x}");
    }, Child::ended_well;

    ours_has_others_wait: || {
        recovers();
        for signal in [libc::SIGSEGV, libc::SIGBUS] {
            let ours = current(signal);
            // SAFETY: a set that is looked into.
            let waits = |other| unsafe { libc::sigismember(&raw const ours.sa_mask, other) } == 1;
            assert!([libc::SIGUSR1, libc::SIGALRM, libc::SIGPROF, libc::SIGTERM].into_iter().all(waits));
            assert!(![libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGABRT].into_iter().any(waits));
        }
    }, Child::ended_well;

    who_asked_to_be_called_once_is_called_once: || {
        install_with(libc::SIGSEGV, report_some as Handler as libc::sighandler_t, libc::SA_RESETHAND, &[]);
        recovers();
        read(8);
    }, reported_once_and_died;

    who_raises_its_signal_again_dies_by_it: || {
        let flags = libc::SA_RESETHAND | libc::SA_NODEFER;
        install_with(libc::SIGSEGV, report_and_raise as Handler as libc::sighandler_t, flags, &[]);
        recovers();
        read(8);
    }, reported_once_and_died;

    who_jumps_out_of_its_handler_may_do_so_again: || {
        recovers();
        install(libc::SIGSEGV, jump);
        assert_eq!(fault::check_owner().len(), 1);
        for _ in 0..200 {
            assert!(jumped_out_of_a_fault());
        }
        recovers();
    }, Child::ended_well;

    who_steps_in_front_is_found_and_does_not_loop: || {
        recovers();
        // As a crash reporter would: it holds our handler for the previous one.
        STOLEN_FROM.set(install(libc::SIGSEGV, as_a_reporter)).ok().unwrap();
        let displaced = fault::check_owner();
        assert_eq!(displaced.len(), 1);
        assert_eq!(displaced[0].signal, libc::SIGSEGV);
        // With musl the program is linked as a whole, and nobody knows the file of an address.
        let is_named = displaced[0].library.as_ref().map_or(cfg!(target_env = "musl"), |file| file.contains("main"));
        assert!(is_named, "{displaced:?}");
        assert_eq!((fault::check_owner(), fault::counts().displaced), (Vec::new(), 1));
        recovers();
        assert_eq!(REPORTS.load(Ordering::Relaxed), 0, "it does not hear of what was recovered");
        read(8);
    }, |child| {
        let said = String::from_utf8_lossy(&child.0.stderr);
        assert_eq!(said.matches("REPORTED").count(), 1, "{said}");
        child.died_by(libc::SIGSEGV);
    };

    who_steps_in_front_is_found_by_scopes_too: || {
        let map = GuardedMap::map_anon(page()).unwrap();
        install(libc::SIGBUS, exit_33);
        let start = std::time::Instant::now();
        while fault::counts().displaced == 0 && start.elapsed().as_secs() < 280 {
            map.with_slice(<[_]>::len).unwrap();
        }
        assert_eq!(fault::counts().displaced, 1);
        recovers();
    }, Child::ended_well;
}

fn reported_once_and_died(child: &Child) {
    let said = String::from_utf8_lossy(&child.0.stderr);
    assert_eq!(said.matches("REPORTED").count(), 1, "{said}");
    assert_eq!(child.0.status.signal(), Some(libc::SIGSEGV), "{:?}", child.0);
}

static COUNTED: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    COUNTED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() = libc::EIO };
}

static MASK: AtomicU64 = AtomicU64::new(0);

extern "C" fn note_mask(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: a local set that is filled before it is looked into.
    unsafe {
        let mut mask = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut mask);
        for signal in 1..=63 {
            let bit = u64::from(libc::sigismember(&raw const mask, signal) == 1) << signal;
            MASK.fetch_or(bit, Ordering::Relaxed);
        }
    }
}

/// Ends what would go on for ever.
extern "C" fn report_some(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    report(signal, info, context);
    if REPORTS.load(Ordering::Relaxed) > 20 {
        exit_33(signal, info, context);
    }
}

/// As `backward-cpp` does.
extern "C" fn report_and_raise(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    report_some(signal, info, context);
    // SAFETY: no memory is passed.
    unsafe {
        libc::raise(signal);
        libc::_exit(1);
    }
}

unsafe extern "C" {
    fn __sigsetjmp(place: *mut Place, with_mask: c_int) -> c_int;
    fn siglongjmp(place: *mut Place, value: c_int) -> !;
}

/// More than a `sigjmp_buf`.
#[repr(C, align(16))]
struct Place(UnsafeCell<[u64; 64]>);
// SAFETY: one thread of the child uses it.
unsafe impl Sync for Place {}
static PLACE: Place = Place(UnsafeCell::new([0; 64]));

/// Has no values that live across the jump.
#[inline(never)]
fn jumped_out_of_a_fault() -> bool {
    // SAFETY: the jump comes while this call is under way, and skips no destructor.
    if unsafe { __sigsetjmp((&raw const PLACE).cast_mut(), 1) } == 0 {
        read(8);
        return false;
    }
    true
}

extern "C" fn jump(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: set by the call that is under way.
    unsafe { siglongjmp((&raw const PLACE).cast_mut(), 1) }
}

static PROTECTED: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

extern "C" fn unprotect(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    let start = *PROTECTED.get().unwrap() as *mut c_void;
    // SAFETY: the page of a map.
    unsafe { libc::mprotect(start, page(), libc::PROT_READ) };
}

static STOLEN_FROM: std::sync::OnceLock<libc::sigaction> = std::sync::OnceLock::new();

extern "C" fn as_a_reporter(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    report(signal, info, context);
    let previous = STOLEN_FROM.get().unwrap().sa_sigaction;
    // SAFETY: it was installed with SA_SIGINFO.
    let previous: Handler = unsafe { std::mem::transmute(previous) };
    previous(signal, info, context);
}
