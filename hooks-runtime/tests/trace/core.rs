//! What holds for every event.

use super::recorder;
use crate::support::forked::exit_status;
use hooks_runtime::trace::is_on;
use hooks_runtime::trace::observe::{Kind, keep_out, stop, test};

#[test]
fn events_are_kept_while_a_recorder_runs() {
    test(1);
    let recorder = recorder::start(4, 4);
    assert!(is_on());
    (2..5).for_each(test);
    stop();
    test(6);
    assert!(!is_on());
    let subjects: Vec<u64> = recorder.events().iter().map(|event| event.subject).collect();
    assert_eq!(subjects, [2, 3, 4]);
    assert_eq!((recorder.area().events(), recorder.area().dropped()), (3, 0));
}

#[test]
fn the_oldest_are_overwritten_and_each_thread_says_how_many() {
    let recorder = recorder::start(4, 4);
    let many = 10_000;
    (0..many).for_each(test);
    let thread = recorder.threads().pop().unwrap();
    assert_eq!(thread.before + thread.events.len() as u64, many);
    assert!(thread.before > 0 && recorder.area().lost_until() > 0);
    let subjects = thread.events.iter().map(|event| event.subject);
    assert!(subjects.eq(thread.before..many), "in order, and none is missing");
    assert!(thread.events.iter().all(|event| event.kind == Kind::Test));
}

#[test]
fn threads_that_end_leave_their_events_and_their_slot() {
    let recorder = recorder::start(64, 1);
    for number in 1..=20 {
        let thread = std::thread::Builder::new().name(format!("worker {number}"));
        thread.spawn(move || test(number)).unwrap().join().unwrap();
    }
    let threads = recorder.threads();
    assert_eq!(threads.len(), 20);
    for (thread, number) in threads.iter().zip(1..) {
        assert_eq!((thread.number, thread.name.as_str()), (number, format!("worker {number}").as_str()));
        assert_eq!(thread.events[0].subject, number);
    }
    assert_eq!((recorder.area().events(), recorder.area().dropped(), recorder.area().threads()), (20, 0, 20));
}

#[test]
fn what_finds_no_slot_and_no_chunk_is_counted() {
    let recorder = recorder::start(1, 2);
    test(1);
    std::thread::scope(|scope| {
        scope.spawn(|| test(2)).join().unwrap();
        // Its slot is free again.
        scope.spawn(|| test(3)).join().unwrap();
    });
    assert_eq!((recorder.area().events(), recorder.area().dropped()), (1, 2));
    assert_eq!(recorder.events().len(), 1);
}

#[test]
fn memory_is_used_again() {
    let recorder = recorder::start(4, 4);
    test(1);
    stop();
    assert!(recorder.area().is_quiet());
    let start = recorder.area().start().unwrap();
    let words = recorder.area().parts();
    assert_eq!(words.chunks, 4);
    assert!(recorder.kept.start(), "the same area, as it is");
    test(2);
    assert_eq!(recorder.threads().iter().map(|thread| thread.events.len()).sum::<usize>(), 2);
    assert_eq!(recorder.area().start(), Some(start));
}

#[test]
fn a_child_does_not_record() {
    let recorder = recorder::start(4, 4);
    test(1);
    let status = exit_status(|| {
        test(2);
        i32::from(is_on())
    });
    assert_eq!(status, 0);
    assert_eq!(recorder.area().dropped(), 0);
}

#[test]
fn a_recorders_own_thread_records_nothing() {
    let recorder = recorder::start(4, 2);
    let own = || {
        test(1);
        keep_out();
        test(2);
    };
    std::thread::spawn(own).join().unwrap();
    test(3);
    let subjects: Vec<u64> = recorder
        .threads()
        .iter()
        .flat_map(|thread| thread.events.iter().map(|event| event.subject))
        .collect();
    assert_eq!(subjects, [1, 3]);
    assert_eq!((recorder.area().events(), recorder.area().dropped()), (2, 0));
}
