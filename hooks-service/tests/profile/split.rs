//! A thread that spends known shares in three functions is shown to spend them there.

use super::load;
use hooks_service::profile::{CpuProfile, Profile};
use std::hint::black_box;
use std::time::Duration;

// What each adds keeps the compiler from merging them and from leaving their frames before the call.

#[inline(never)]
fn hot(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(1))
}

#[inline(never)]
fn mid(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(2))
}

#[inline(never)]
fn low(time: Duration) -> Duration {
    load::burn(time) + black_box(Duration::from_nanos(3))
}

/// What each function took in fact.
#[derive(Default)]
struct Truth {
    hot: Duration,
    mid: Duration,
    low: Duration,
}

fn run() -> (Truth, Profile) {
    let running = CpuProfile::builder().start().unwrap();
    let mut truth = Truth::default();
    // Slices that share no factor with the period of 10 ms.
    while truth.hot < Duration::from_millis(2800) {
        truth.hot += hot(Duration::from_micros(9_100));
        truth.mid += mid(Duration::from_micros(2_600));
        truth.low += low(Duration::from_micros(1_300));
    }
    (truth, running.stop().unwrap())
}

/// Largest deviation of the three, in standard deviations of sampling.
fn deviation(truth: &Truth, profile: &Profile) -> f64 {
    let all = (truth.hot + truth.mid + truth.low).as_secs_f64();
    let count = profile.total() as f64;
    let one = |time: Duration, function| {
        let expected = time.as_secs_f64() / all;
        let sigma = (expected * (1.0 - expected) / count).sqrt();
        let found = load::share(profile, function);
        println!(
            "{function}: {:.2} % of {:.2} %, {:+.2} sigma",
            found * 100.0,
            expected * 100.0,
            (found - expected) / sigma
        );
        ((found - expected) / sigma).abs()
    };
    one(truth.hot, "hot").max(one(truth.mid, "mid")).max(one(truth.low, "low"))
}

/// One honest run in a hundred is off by more than three sigma in one of three functions: two in a row are not chance.
#[test]
fn shares_of_70_20_10_are_found_within_three_sigma() {
    let within = (0..2).any(|_| {
        let (truth, profile) = run();
        load::assert_nothing_uncounted(&profile);
        deviation(&truth, &profile) <= 3.0
    });
    assert!(within);
}
