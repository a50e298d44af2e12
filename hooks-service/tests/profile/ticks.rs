//! Time that the kernel's ticks do not meet: a thread that runs after one and sleeps before the next.

use super::load;
use hooks_service::profile::CpuProfile;
use std::thread;
use std::time::{Duration, Instant};

/// Since boot: ticks come at its multiples.
fn monotonic() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) }, 0);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap())
}

/// Takes `time` of the processor, in pieces that begin after a tick and end before the next, as far as a busy machine lets it.
fn hide(time: Duration) {
    let tick = u64::from(load::tick());
    let end = load::thread_time() + time;
    while load::thread_time() < end {
        let to_next = tick - u64::try_from(monotonic().as_nanos()).unwrap() % tick;
        thread::sleep(Duration::from_nanos(to_next + tick / 8));
        let piece = Instant::now();
        while piece.elapsed() < Duration::from_nanos(tick / 2) {
            load::spin();
        }
    }
}

/// It is said while it is missing, and is in the profile with the first tick that meets the thread.
#[test]
fn time_between_ticks_is_said_to_be_missing_and_comes_with_a_tick() {
    let running = CpuProfile::builder().start().unwrap();
    for _ in 0..20 {
        running.take().unwrap();
        hide(Duration::from_millis(100));
        let hidden = running.snapshot().unwrap();
        if hidden.total() > 0 {
            continue;
        }
        assert!(load::says_what_ticks_missed(&hidden), "{:?}", hidden.comments());
        let mut found = running.snapshot().unwrap();
        while found.total() == 0 {
            load::burn(Duration::from_millis(5));
            found = running.snapshot().unwrap();
        }
        assert!(found.total() >= 9, "the hidden tenth of a second: {:?}", found.comments());
        return;
    }
    println!("the machine is too busy: ticks met the thread each time");
}
