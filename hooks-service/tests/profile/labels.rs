//! Samples carry the labels in force: shares by label are the shares of the functions that ran under it. Go:
//! `TestCPUProfileLabel`, `TestLabelRace`.

use super::load;
use hooks_runtime::{labels, labels::Labels};
use hooks_service::profile::{CpuProfile, LabelValue, Profile, sample_now};
use std::hint::black_box;
use std::thread;
use std::time::Duration;

#[inline(never)]
fn orders() {
    black_box(load::burn(Duration::from_micros(700)));
}

#[inline(never)]
fn users() {
    black_box(load::burn(Duration::from_micros(301)));
}

/// Labels change thousands of times a second, on several threads, nested.
fn serve(time: Duration) {
    load::for_thread_time(time, || {
        labels! { "route" => "/orders", "size" => 7_u64 }.scope(orders);
        labels! { "route" => "/outer" }.scope(|| labels! { "route" => "/users" }.scope(users));
    });
}

fn with_label(profile: &Profile, value: &str) -> u64 {
    let wanted = LabelValue::Text(value.into());
    profile
        .samples()
        .iter()
        .filter(|s| s.label("route") == Some(&wanted))
        .map(|sample| profile.weight(sample))
        .sum()
}

/// A label of any number of values, as a request's id: it is bounded by itself, and takes neither the memory nor the other
/// labels.
#[test]
fn a_requests_id_as_a_label_leaves_the_others_whole() {
    let sampled = |labels: Labels| assert!(labels.scope(|| sample_now(false)), "not attached");
    let running = CpuProfile::builder().wall().hz(4).start().unwrap();
    for id in 0..8_000_u32 {
        sampled(Labels::none().with("request", format!("{id:032x}").as_str()).with("route", "/all"));
        // The heavy one.
        if id % 20 == 0 {
            sampled(Labels::none().with("request", "mine").with("size", u64::from(id)));
        }
        if id % 2_000 == 0 {
            // Makes room for the next.
            drop(running.snapshot().unwrap());
        }
    }
    sampled(Labels::none().with("route", "/late"));
    let profile = running.stop().unwrap();
    println!("{} samples, {:?}", profile.samples().len(), profile.comments());
    load::assert_nothing_uncounted(&profile);
    assert_eq!(profile.lost(), 0);
    let of = |key: &str, value: &str| profile.filter(key, value).total();
    // And what the timer brought meanwhile.
    assert!(of("route", "/all") >= 8_000 && of("request", "mine") >= 400 && of("route", "/late") >= 1);
    assert!(of("request", "(other)") > 5_000);
    assert!(profile.samples().len() < 5_000, "a bound on the memory too");
    assert_eq!(*profile.stats().unwrap().bounded_labels, [Box::from("request")]);
    assert!(profile.comments().iter().any(|comment| comment.starts_with("label request had too many")));
}

#[test]
fn shares_by_label_are_the_shares_of_the_functions_under_it() {
    let running = CpuProfile::builder().hz(250).start().unwrap();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| serve(Duration::from_millis(1500)));
        }
    });
    let profile = running.stop().unwrap();
    load::assert_nothing_uncounted(&profile);
    for (label, function) in [("/orders", "orders"), ("/users", "users")] {
        let by_label = load::ratio(with_label(&profile, label), profile.total()) * 100.0;
        let by_function = load::share(&profile, function) * 100.0;
        println!("{function}: {by_label:.2} % by label, {by_function:.2} % by function");
        // A signal may find the label without its function, on the way there. On a busy machine one stands for ten periods.
        assert!((by_label - by_function).abs() <= 2.5 && by_label > 10.0);
    }
    let numbers = profile.samples().iter().filter(|sample| sample.label("size").is_some());
    assert!(numbers.clone().all(|sample| sample.label("route") == Some(&LabelValue::Text("/orders".into()))));
    assert!(numbers.count() > 0);
    no_foreign_or_torn_label();
}

/// Each thread has its own pair of labels that belong together; a sample never shows anything else.
fn no_foreign_or_torn_label() {
    let running = CpuProfile::builder().hz(1000).start().unwrap();
    thread::scope(|scope| {
        for id in 0..4_u64 {
            scope.spawn(move || {
                let text = format!("thread number {id} with a longer text");
                load::for_thread_time(Duration::from_millis(500), || {
                    let labels = Labels::none().with("text", text.as_str()).with("id", id);
                    for _ in 0..2000 {
                        labels.scope(|| black_box(id));
                    }
                });
            });
        }
    });
    let profile = running.stop().unwrap();
    let mut labelled = 0;
    for sample in profile.samples() {
        let Some(LabelValue::Text(text)) = sample.label("text") else {
            assert!(sample.label("id").is_none(), "half a pair: {:?}", sample.labels());
            continue;
        };
        let Some(LabelValue::Number { value, .. }) = sample.label("id") else {
            panic!("{:?}", sample.labels())
        };
        assert_eq!(**text, *format!("thread number {value} with a longer text"));
        labelled += profile.weight(sample);
    }
    println!("{labelled} of {} periods under labels; {:?}", profile.total(), profile.comments());
    assert!(labelled > profile.total() / 10);
}
