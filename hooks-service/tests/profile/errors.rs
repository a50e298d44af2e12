//! Each refusal names its cause, and none leaves anything behind.

use super::load::{self, disposition, process_timer_runs, timers};
use hooks_service::profile::{CpuProfile, Error, SamplerError, cpu_for};
use std::ffi::c_int;
use std::time::Duration;

extern "C" fn foreign(_: c_int) {}

fn frequency_is_checked() {
    for hz in [0, 10_001] {
        let error = CpuProfile::builder().hz(hz).start().unwrap_err();
        assert!(matches!(error, Error::Sampler(SamplerError::Frequency { hz: named }) if named == hz));
        assert!(error.to_string().contains("1 to 10000"), "{error}");
    }
}

fn the_last_profile_gives_the_signal_back() {
    let first = CpuProfile::builder().start().unwrap();
    cpu_for(Duration::ZERO).unwrap();
    assert!(process_timer_runs(), "the first goes on");
    let early = load::burn_until_sampled(&first, 0);
    let later = load::burn_until_sampled(&first, early.total());
    let profile = first.stop().unwrap();
    assert!(profile.total() >= later.total(), "{} {}", later.total(), profile.total());
    assert_eq!(disposition(), libc::SIG_IGN, "a late signal must not end the process");
    assert!(!process_timer_runs());
    assert_eq!(timers(), 0);
}

fn more_rates_than_possible_are_refused() {
    let rates: Vec<_> = (0..8).map(|n| CpuProfile::builder().frequency(10 + n).start().unwrap()).collect();
    let refused = CpuProfile::builder().frequency(50).start().unwrap_err();
    assert!(matches!(refused, Error::Sampler(SamplerError::TooManyRates)), "{refused}");
    let shared = CpuProfile::builder().frequency(10).start().unwrap();
    drop((rates, shared));
    assert!(!process_timer_runs());
    assert_eq!((disposition(), timers()), (libc::SIG_IGN, 0));
}

fn dropping_stops() {
    let running = CpuProfile::builder().start().unwrap();
    assert!(process_timer_runs());
    drop(running);
    assert!(!process_timer_runs());
    assert_eq!((disposition(), timers()), (libc::SIG_IGN, 0));
}

fn timer_limit_is_named_and_nothing_stays_behind() {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: points to locals.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_SIGPENDING, &raw mut old), 0);
        let none = libc::rlimit { rlim_cur: 0, rlim_max: old.rlim_max };
        assert_eq!(libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const none), 0);
    }
    let error = CpuProfile::builder().start().unwrap_err();
    // SAFETY: as above.
    unsafe { assert_eq!(libc::setrlimit(libc::RLIMIT_SIGPENDING, &raw const old), 0) };
    assert!(matches!(error, Error::Sampler(SamplerError::TimerLimit { limit: 0, threads: 1 })), "{error}");
    assert!(error.to_string().contains("RLIMIT_SIGPENDING is 0"), "{error}");
    assert!(!process_timer_runs());
    CpuProfile::builder().start().unwrap().stop().unwrap();
}

fn foreign_handler_is_left_alone() {
    let handler = foreign as extern "C" fn(c_int) as libc::sighandler_t;
    let timer = libc::itimerval {
        it_interval: libc::timeval { tv_sec: 100, tv_usec: 0 },
        it_value: libc::timeval { tv_sec: 100, tv_usec: 0 },
    };
    // SAFETY: the handler does nothing; the timer is far off.
    unsafe {
        assert_ne!(libc::signal(libc::SIGPROF, handler), libc::SIG_ERR);
        assert_eq!(libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()), 0);
    }
    let error = CpuProfile::builder().start().unwrap_err();
    assert!(
        matches!(error, Error::Sampler(SamplerError::ForeignHandler { handler: named }) if named == handler),
        "{error}"
    );
    assert_eq!(disposition(), handler);
    assert!(load::interval_timer_runs(), "the owner's timer runs on");
}

/// In one test: the profiler is the process's.
#[test]
fn refusals_name_their_cause_and_leave_nothing_behind() {
    frequency_is_checked();
    the_last_profile_gives_the_signal_back();
    more_rates_than_possible_are_refused();
    dropping_stops();
    timer_limit_is_named_and_nothing_stays_behind();
    foreign_handler_is_left_alone();
}
