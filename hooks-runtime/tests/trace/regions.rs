//! Regions, messages and numbers of sync code.

use super::recorder::{self, Event};
use hooks_runtime::trace::observe::{Field, Fields, Kind};
use hooks_runtime::trace::{counter, log, region};
use std::panic::catch_unwind;

fn kinds(events: &[Event]) -> Vec<Kind> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn a_named_region_is_in_order_and_ends_however_it_is_left() {
    region("before", || ());
    let recorder = recorder::start(4, 4);
    region("outer", || region("inner", || ()));
    let unwound = catch_unwind(|| region("panics", || panic!("on purpose")));
    assert!(unwound.is_err());
    let events = recorder.events();
    let (begin, end) = (Kind::NamedBegin, Kind::NamedEnd);
    assert_eq!(kinds(&events), [begin, begin, end, end, begin, end]);
    let fields: Vec<Field<'_>> = Fields::new(&events[1].payload).collect();
    let [Field::Text(name), Field::Text(file), Field::Unsigned(line)] = fields[..] else {
        panic!("{fields:?}")
    };
    assert!(name == "inner" && file.ends_with("regions.rs") && line > 0);
}

#[test]
fn messages_are_put_together_only_for_a_recorder() {
    struct Loud;
    impl std::fmt::Display for Loud {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("nobody listens")
        }
    }
    log("quiet", Loud);
    let recorder = recorder::start(4, 4);
    log("cache", format_args!("miss of {}", 7));
    log("long", "é".repeat(2_000));
    let events = recorder.events();
    assert_eq!(kinds(&events), [Kind::Log, Kind::Log]);
    let fields: Vec<Field<'_>> = Fields::new(&events[0].payload).collect();
    assert_eq!(fields, [Field::Text("cache"), Field::Text("miss of 7")]);
    let Some(Field::Text(long)) = Fields::new(&events[1].payload).nth(1) else { panic!() };
    assert!(long.len() > 900 && long.chars().all(|letter| letter == 'é'));
    assert!(catch_unwind(|| log("loud", Loud)).is_err());
    log("after", "it goes on");
    assert_eq!(recorder.events().len(), 3);
}

#[test]
fn numbers_of_any_kind_are_counters() {
    let recorder = recorder::start(4, 4);
    counter("queue", 3_usize);
    counter("debt", -7);
    counter("load", 0.5_f32);
    counter("large", u64::MAX);
    let numbers: Vec<Vec<u8>> = recorder.events().into_iter().map(|event| event.payload).collect();
    let numbers: Vec<Field<'_>> = numbers.iter().filter_map(|payload| Fields::new(payload).nth(1)).collect();
    let [Field::Signed(3), Field::Signed(-7), Field::Float(0.5), Field::Signed(i64::MAX)] = numbers[..]
    else {
        panic!("{numbers:?}")
    };
}
