//! The wall clock samples threads that wait, the processor clock does not.

use super::load;
use hooks_runtime::labels;
use hooks_service::profile::{Clock, CpuProfile, Profile};
use std::collections::BTreeSet;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Waits until the sender is dropped. When this returns it does.
fn sleeper() -> (Sender<()>, JoinHandle<bool>) {
    let ((sender, receiver), (inside, is_inside)) = (channel::<()>(), channel());
    let wait = move || {
        labels! { "state" => "waiting" }.scope(|| {
            inside.send(()).unwrap();
            receiver.recv().is_err()
        })
    };
    let thread = thread::spawn(wait);
    is_inside.recv().unwrap();
    (sender, thread)
}

fn waiting(profile: &Profile) -> u64 {
    let waits = profile.samples().iter().filter(|sample| sample.label("state").is_some());
    waits.map(|sample| profile.weight(sample)).sum()
}

fn run(clock: Clock) -> (Profile, Duration) {
    let (stop, thread) = sleeper();
    let running = CpuProfile::builder().clock(clock).start().unwrap();
    let start = Instant::now();
    thread::sleep(Duration::from_millis(1500));
    let time = start.elapsed();
    let profile = running.stop().unwrap();
    drop(stop);
    thread.join().unwrap();
    load::assert_nothing_uncounted(&profile);
    println!("{clock:?}: {} of {} periods waiting in {time:?}", waiting(&profile), profile.total());
    (profile, time)
}

/// A thread that blocks the signal has the expiries counted, and one signal that brings them all.
fn expiries_that_one_signal_brings_all_count() {
    let running = CpuProfile::builder().clock(Clock::Wall).start().unwrap();
    let blocked = || {
        labels! { "state" => "waiting" }.scope(|| {
            let start = Instant::now();
            load::mask_sigprof(libc::SIG_BLOCK);
            thread::sleep(Duration::from_millis(500));
            let time = start.elapsed();
            load::mask_sigprof(libc::SIG_UNBLOCK);
            time
        })
    };
    let time = thread::scope(|scope| scope.spawn(blocked).join().unwrap());
    let profile = running.stop().unwrap();
    println!("blocked for {time:?}: {} periods", waiting(&profile));
    let expected = time.as_secs_f64() / profile.period().as_secs_f64();
    assert!((waiting(&profile) as f64) > expected - 3.0 - expected / 10.0);
}

#[test]
fn the_profilers_own_threads_are_nobodys_time() {
    let (sender, pieces) = channel();
    let each = move |piece| sender.send(piece).unwrap();
    let continuous = CpuProfile::builder().wall().every(Duration::from_millis(300), each).unwrap();
    let running = CpuProfile::builder().wall().start().unwrap();
    thread::sleep(Duration::from_secs(1));
    continuous.stop();
    let profiles = pieces.iter().chain([running.stop().unwrap()]);
    let names: BTreeSet<_> = profiles
        .flat_map(|profile| profile.group_by_thread())
        .filter_map(|(name, _)| Some(name?.to_string()))
        .collect();
    assert!(!names.is_empty() && !names.iter().any(|name| name.starts_with("hooks-profile")), "{names:?}");
}

#[test]
fn threads_that_wait_are_sampled_by_the_wall_clock_only() {
    let (wall, time) = run(Clock::Wall);
    let expected = time.as_secs_f64() / wall.period().as_secs_f64();
    // All expiries are delivered or counted as overruns: what is left is a period at either end and the time that
    // `stop` takes.
    assert!((waiting(&wall) as f64) > expected - 3.0 - expected / 50.0);
    assert_eq!(wall.clock(), "wall");
    let (cpu, _) = run(Clock::Cpu);
    assert!(waiting(&cpu) <= 1, "a thread that waits takes no processor time");
    assert_eq!(cpu.clock(), "cpu");
    expiries_that_one_signal_brings_all_count();
}
