//! Profiles that run at the same time, each with its own start, end, frequency and clock: each has its own sums right.

use super::load;
use hooks_runtime::labels;
use hooks_service::profile::{Clock, CpuProfile, Profile};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

// What each adds keeps the compiler from merging them and from leaving their frames before the call.

#[inline(never)]
fn first(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(1))
}

#[inline(never)]
fn second(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(2))
}

#[inline(never)]
fn third(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(3))
}

const PART: Duration = Duration::from_millis(600);

fn check(profile: &Profile, function: &str, time: Duration) {
    load::assert_time(profile, load::weight(profile, function), time, function);
}

/// One from the first to the second part, one from the second to the third.
fn overlapping(frequencies: [u32; 2]) {
    let early = CpuProfile::builder().frequency(frequencies[0]).start().unwrap();
    let one = first(PART);
    let late = CpuProfile::builder().frequency(frequencies[1]).start().unwrap();
    let two = second(PART);
    let early = early.stop().unwrap();
    let three = third(PART);
    let late = late.stop().unwrap();
    println!("{frequencies:?} Hz: {:?} {:?}", early.comments(), late.comments());
    for profile in [&early, &late] {
        load::assert_nothing_uncounted(profile);
        check(profile, "second", two);
    }
    check(&early, "first", one);
    check(&late, "third", three);
    assert_eq!(load::weight(&early, "third"), 0, "it had ended");
    assert_eq!(load::weight(&late, "first"), 0, "it had not begun");
    assert_eq!([early, late].map(|profile| profile.stats().unwrap().frequency), frequencies);
}

#[test]
fn two_of_one_frequency_share_the_signals_and_nothing_else() {
    overlapping([100, 100]);
}

#[test]
fn two_of_different_frequencies_have_their_own() {
    overlapping([83, 199]);
    // Where they are allowed, two perf events on each thread.
    overlapping([997, 499]);
    overlapping([100, 997]);
}

#[test]
fn the_clocks_run_side_by_side() {
    let cpu = CpuProfile::builder().start().unwrap();
    let wall = CpuProfile::builder().clock(Clock::Wall).start().unwrap();
    let start = Instant::now();
    labels! { "state" => "waiting" }.scope(|| thread::sleep(Duration::from_secs(1)));
    let waited = start.elapsed();
    let burnt = first(PART);
    let (wall, cpu) = (wall.stop().unwrap(), cpu.stop().unwrap());
    load::assert_nothing_uncounted(&cpu);
    load::assert_nothing_uncounted(&wall);
    check(&cpu, "first", burnt);
    assert!(cpu.filter("state", "waiting").total() <= 1, "a thread that waits takes no processor time");
    load::assert_time(&wall, wall.filter("state", "waiting").total(), waited, "waiting");
    assert_eq!((cpu.clock(), wall.clock()), ("cpu", "wall"));
}

/// Threads that nobody announced are left to the process-wide timer for up to 100 ms. There is one for all frequencies; each counts
/// in its own periods what it brings.
#[test]
fn the_process_wide_timer_counts_for_each_frequency() {
    // A thread is attached to one of them a moment before the other: on a busy machine that may be long, at times.
    let agree = |times: &[f64; 2]| times[0] >= 0.03 && (times[0] - times[1]).abs() <= 0.05 + 0.2 * times[0];
    assert!((0..5).map(|_| by_the_process_wide_timer([100, 40])).any(|times| agree(&times)));
}

/// Seconds that it brought to profiles of these frequencies.
fn by_the_process_wide_timer(frequencies: [u32; 2]) -> [f64; 2] {
    let running = frequencies.map(|hz| CpuProfile::builder().frequency(hz).start().unwrap());
    for _ in 0..60 {
        thread::spawn(|| second(Duration::from_millis(30))).join().unwrap();
    }
    let times = running.map(|profile| {
        let profile = profile.stop().unwrap();
        load::assert_nothing_uncounted(&profile);
        let unattached = profile.stats().unwrap().unattached;
        profile.period().as_secs_f64() * unattached as f64
    });
    println!("{times:?} s by the process-wide timer");
    times
}

/// A second profile starts the same timers once, and the last one stops them.
#[test]
fn many_start_and_stop_at_any_time() {
    thread::scope(|scope| {
        for number in 0..6_u32 {
            scope.spawn(move || {
                for round in 0..15 {
                    let builder = CpuProfile::builder().frequency(90 + number % 3);
                    let builder = if number == 5 { builder.wall() } else { builder };
                    let running = builder.start().unwrap();
                    load::burn(Duration::from_millis(u64::from(number + round) % 7));
                    load::assert_nothing_uncounted(&running.stop().unwrap());
                }
            });
        }
    });
    assert_eq!((load::disposition(), load::timers()), (libc::SIG_IGN, 0));
    assert!(!load::process_timer_runs());
}
