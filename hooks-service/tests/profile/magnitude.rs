//! The profile adds up to the processor time that the kernel accounts. Go: `TestCPUProfileMultithreadMagnitude`.

use super::load;
use hooks_runtime::labels;
use hooks_service::profile::{CpuProfile, LabelValue, Profile};
use std::hash::{BuildHasher, RandomState};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

fn process_usage() -> Duration {
    // SAFETY: plain data, filled by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0);
        usage
    };
    let time = |time: libc::timeval| {
        Duration::new(time.tv_sec.try_into().unwrap(), u32::try_from(time.tv_usec).unwrap() * 1000)
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// Profiles `threads` threads that take a second each; some start before the profiler, some after. Returns what they took and how
/// often they were preempted.
fn run(threads: usize, hz: u32) -> (Profile, Duration, i64) {
    let go = Barrier::new(threads / 2 + 1);
    thread::scope(|scope| {
        for _ in 0..threads / 2 {
            scope.spawn(|| {
                go.wait();
                load::burn(Duration::from_secs(1));
            });
        }
        let running = CpuProfile::builder().hz(hz).start().unwrap();
        let (before, preempted) = (process_usage(), load::preemptions());
        let late: Vec<_> =
            (threads / 2..threads).map(|_| scope.spawn(|| load::burn(Duration::from_secs(1)))).collect();
        go.wait();
        for thread in late {
            thread.join().unwrap();
        }
        while process_usage() < before + Duration::from_secs(threads as u64) {
            thread::sleep(Duration::from_millis(5));
        }
        let profile = running.stop().unwrap();
        (profile, process_usage().saturating_sub(before), load::preemptions() - preempted)
    })
}

/// How often this thread lost the processor without wanting to.
fn preemptions() -> i64 {
    // SAFETY: plain data, filled by the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage), 0);
        usage
    };
    usage.ru_nivcsw
}

/// What the label finds of threads that take 5 ms each, half a period; what they took by their own clocks, and how often
/// they were preempted.
fn short_threads(count: u32) -> (Profile, Duration, i64) {
    let running = CpuProfile::builder().start().unwrap();
    let work = |number: u32| {
        // A thread begins at any point of the kernel's tick, whatever else the machine does at its ticks.
        let random = RandomState::new().hash_one(number) % 4_000_000;
        load::burn(Duration::from_nanos(random));
        let took = labels! { "thread" => "short" }.scope(|| load::burn(Duration::from_millis(5)));
        (took, preemptions())
    };
    let (mut took, mut preempted) = (Duration::ZERO, 0);
    for number in 0..count {
        let one = thread::scope(|scope| scope.spawn(|| work(number)).join().unwrap());
        took += one.0;
        preempted += one.1;
    }
    (running.stop().unwrap(), took, preempted)
}

fn threads_shorter_than_a_period_count_in_full() {
    let (profile, took, preempted) = short_threads(400);
    load::assert_nothing_uncounted(&profile);
    let short_label = LabelValue::Text("short".into());
    let short = profile.samples().iter().filter(|sample| sample.label("thread") == Some(&short_label));
    let found = short.map(|sample| profile.weight(sample)).sum::<u64>() as f64;
    let expected = took.as_secs_f64() / profile.period().as_secs_f64();
    println!(
        "short threads: {found} of {expected:.1} periods, {preempted} preemptions, {:?}",
        profile.comments()
    );
    // Each thread is seen or not, at about even odds: a sigma of half a period for each, of 10 periods in all; four of these.
    // A busy machine takes the processor away between ticks and gives it back at one, which hides up to a tick each time.
    let tick = Duration::from_millis(4).as_secs_f64() / profile.period().as_secs_f64();
    let bound = 4.0 * (400.0_f64 * 0.25).sqrt() + tick * preempted as f64;
    assert!((found - expected).abs() <= bound, "{found} periods of {expected}, {preempted} preemptions");
}

/// Two seconds of processor time in threads that take this much each, and what starting and ending them takes; and how often
/// they were preempted.
fn many_threads(each: Duration, announced: bool) -> (Profile, i64) {
    let (running, preempted) = (CpuProfile::builder().start().unwrap(), load::preemptions());
    let before = process_usage();
    let work = move || {
        if announced { labels! { "thread" => "short" }.scope(|| load::burn(each)) } else { load::burn(each) }
    };
    while process_usage() < before + Duration::from_secs(2) {
        thread::spawn(work).join().unwrap();
    }
    (running.stop().unwrap(), load::preemptions() - preempted)
}

/// The process's clock says what all threads took, those that lived between two ticks too.
#[test]
fn processes_of_short_threads_count_in_full_and_what_is_missed_is_told() {
    for (micros, announced) in [(500, false), (500, true), (2000, false), (5000, true)] {
        let (profile, preempted) = many_threads(Duration::from_micros(micros), announced);
        load::assert_nothing_uncounted(&profile);
        let stats = profile.stats().unwrap();
        let (seen, taken) = (stats.seen_time().as_secs_f64(), stats.processor_time.as_secs_f64());
        println!("{micros} us, announced: {announced}: {seen:.2} s of {taken:.2} s, {:?}", stats.missed);
        // The main thread has a timer of its own: each signal of the process's falls on it, or on one of the others.
        let (others, all) = (stats.unattached as f64, stats.seen as f64);
        let sigma = (1.0 + others * (1.0 - others / all)).sqrt() * profile.period().as_secs_f64();
        let bound = 3.0 * sigma + 0.02 * taken + load::hidden(preempted, taken);
        assert!((seen - taken).abs() <= bound, "{seen} s of {taken} s, {preempted} preemptions");
        let told = seen + stats.missed.total().as_secs_f64();
        assert!(told >= taken - 0.02, "{told} s are seen or told to be missing, of {taken} s");
        assert!(profile.comments().iter().any(|line| line.starts_with("processor time: ")));
    }
}

/// In one test: the profiler is the process's.
#[test]
fn totals_match_the_kernels_account() {
    threads_shorter_than_a_period_count_in_full();
    for (threads, hz) in [(2, 100), (4, 100), (2, 999)] {
        let (profile, used, preempted) = run(threads, hz);
        load::assert_nothing_uncounted(&profile);
        let found = profile.period().as_secs_f64() * profile.total() as f64;
        let (used, period) = (used.as_secs_f64(), profile.period().as_secs_f64());
        println!(
            "{threads} threads, {hz} Hz: {:.2} % of {used:.3} s, {preempted} preemptions; {:?}",
            found / used * 100.0,
            profile.comments()
        );
        // A thread's sum is off by up to a period at its start and one at its end, evenly spread: a sigma of 0.4
        // periods. The threads that come late are caught by the process-wide timer for up to 100 ms, ten periods at 100
        // Hz: a sigma of 3 for each. Four sigma of all that, and 1 % for what the kernel accounts differently.
        let sigma = (threads as f64 * 0.17 + (threads - threads / 2) as f64 * 9.0).sqrt() * period;
        let bound = 4.0 * sigma + 0.01 * used + load::hidden(preempted, used);
        assert!((found - used).abs() <= bound, "{found} s of {used} s, {preempted} preemptions");
    }
}
