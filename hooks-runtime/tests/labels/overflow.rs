//! Sets as many as there may be, and keys with a bound.

use crate::support::forked::exit_status;
use hooks_runtime::labels::{Labels, Overflow, observe, overflows};
use hooks_runtime::{labeled, labels};
use std::sync::Mutex;
use std::thread;

fn times(key: &str) -> u64 {
    overflows().iter().find(|overflow| overflow.key == key).map_or(0, |overflow| overflow.times)
}

#[test]
fn a_set_is_whole_however_many_there_were() {
    for number in 0..200_000_u64 {
        let labels = labels! { "route" => "/pay", "request" => number };
        assert_eq!(labels.get("request").unwrap().as_number(), i64::try_from(number).ok());
        assert_eq!(labels.get("route").unwrap().as_str(), Some("/pay"));
    }
    assert_eq!(times("request"), 0);
}

#[test]
fn a_bounded_key_overflows_alone_and_says_so_once() {
    static TOLD: Mutex<Vec<Overflow>> = Mutex::new(Vec::new());
    labels::on_overflow(|overflow| TOLD.lock().unwrap().push(overflow.clone()));
    labels::bound("tenant", 100);

    let make =
        |tenant: u32| labels! { "route" => "/pay", "tenant" => format_args!("t{tenant}"), "n" => tenant };
    let held: Vec<_> = (0..150).map(make).collect();
    for (tenant, labels) in held.iter().enumerate() {
        let shown = if tenant < 100 { format!("t{tenant}") } else { "(other)".into() };
        assert_eq!(labels.to_string(), format!("n={tenant},route=/pay,tenant={shown}"));
    }
    assert_eq!(times("tenant"), 50);
    // Those that are known go on to be.
    assert_eq!(make(7), held[7]);
    assert_eq!(held[3].with("more", 1).get("tenant"), held[3].get("tenant"));
    assert_eq!(held[3].scope(Labels::current), held[3]);
    // What has overflowed is carried on, and is no value of its own.
    assert_eq!(held[120].scope(Labels::current), held[120]);
    assert_eq!((times("tenant"), times("route"), times("n")), (50, 0, 0));

    let told = TOLD.lock().unwrap();
    let [overflow] = &told[..] else { panic!("{told:?}") };
    assert_eq!((overflow.key.as_str(), overflow.most, overflow.times), ("tenant", 100, 1));
    assert_eq!(overflow.to_string(), "label `tenant`: more than 100 values at a time, 1 became `(other)`");
}

#[test]
fn the_place_of_a_value_is_free_when_nobody_holds_it() {
    labels::bound("host", 2);
    labels::on_overflow(|_| {});
    let make = |host: &str| labels! { "host" => host };
    let is_other = |labels: &Labels| labels.get("host").unwrap().as_str() == Some("(other)");

    // Any number, one after the other.
    assert!((0..1000).all(|host| !is_other(&make(&host.to_string()))));

    let (first, second) = (make("a"), make("b"));
    let copy = first.clone();
    let with_more = second.with("more", 1);
    drop((first, second));
    assert!(is_other(&make("c")), "a copy and a larger set hold the two");
    drop(copy);
    let third = make("c");
    assert!(!is_other(&third) && is_other(&make("d")));
    drop((with_more, third));
    let held = [make("d"), make("e"), make("f")];
    assert_eq!(held.each_ref().map(is_other), [false, false, true]);
    // One that gave up its place gets it again, where nobody else has it.
    drop(held);
    assert!(!is_other(&make("d")));
}

#[test]
fn numbers_are_values_too_and_a_bound_may_change() {
    labels::on_overflow(|_| {});
    labels::bound("shard", 0);
    let other = labels! { "shard" => 1 };
    assert_eq!(other.to_string(), "shard=(other)");
    labels::bound("shard", 1);
    let one = labels! { "shard" => 1 };
    assert_eq!(one.to_string(), "shard=1");
    let held = (one, Labels::none().with_unit("shard", 1, "bytes"));
    assert_eq!(held.1.to_string(), "shard=(other)", "another unit, another value");
}

#[test]
fn a_task_carries_what_is_bounded_and_a_scope_has_what_it_was_given() {
    #[labeled(user)]
    fn handle(user: &str) -> [String; 2] {
        let mut seen = String::new();
        observe::visit(&mut |key, value| seen = format!("{key}={value}"));
        [seen, labels::spawn::thread(|| Labels::current().to_string()).join().unwrap()]
    }
    labels::on_overflow(|_| {});
    labels::bound("user", 1);
    let _held = labels! { "user" => "a" };
    assert_eq!(handle("a"), ["user=a"; 2]);
    assert_eq!(handle("b"), ["user=b", "user=(other)"]);
}

#[test]
fn the_hook_may_make_sets_of_the_key() {
    labels::bound("deep", 0);
    labels::on_overflow(|_| assert_eq!(labels! { "deep" => 2 }.to_string(), "deep=(other)"));
    assert_eq!(labels! { "deep" => 1 }.to_string(), "deep=(other)");
    assert_eq!(times("deep"), 2);
}

#[test]
fn threads_share_the_places() {
    labels::on_overflow(|_| {});
    labels::bound("part", 8);
    let make = |thread: u32| {
        move || {
            for round in 0..2000 {
                let labels = labels! { "part" => thread, "round" => round };
                assert_eq!(
                    labels.get("part").unwrap().as_number(),
                    Some(thread.into()),
                    "each has one place"
                );
            }
        }
    };
    thread::scope(|scope| (0..8).for_each(|thread| drop(scope.spawn(make(thread)))));
    assert_eq!(times("part"), 0);
}

/// Whatever lock a thread of the parent holds at that moment: it is not in the child to let go.
#[cfg(unix)]
#[test]
fn a_child_forked_while_others_make_sets_makes_its_own() {
    labels::bound("forked", 4);
    thread::spawn(|| {
        loop {
            drop(labels! { "forked" => 1 });
        }
    });
    for _ in 0..20 {
        let status = exit_status(|| {
            // SAFETY: should it hang, the alarm ends it.
            unsafe { libc::alarm(60) };
            i32::from(labels! { "forked" => 2 }.to_string() != "forked=2")
        });
        assert_eq!(status, 0);
    }
}
