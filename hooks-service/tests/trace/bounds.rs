//! A trace that is left on ends by itself.

use super::writer::Kept;
use hooks_runtime::trace::{log, observe::test};
use hooks_service::trace::{Ended, Error, Trace};
use std::io;
use std::time::Duration;

#[test]
fn it_writes_no_more_than_it_may() {
    for max_bytes in [64 << 10, 100_000, 1 << 20] {
        let kept = Kept::default();
        let trace = Trace::builder().max_bytes(max_bytes).start(kept.clone()).unwrap();
        let mut recorded = 0;
        while !trace.has_ended() {
            (0..1000).for_each(|_| log("load", "one of very many"));
            recorded += 1000;
        }
        let done = trace.stop().unwrap();
        assert_eq!((done.ended, done.bytes), (Ended::MaxBytes, kept.bytes().len() as u64));
        assert!(done.bytes <= max_bytes, "{} of {max_bytes}", done.bytes);
        assert!(done.events + done.dropped <= recorded && done.dropped > 0, "{done}");
    }
}

#[test]
fn what_it_counts_is_in_what_was_written() {
    let max_bytes = 1 << 20;
    let kept = Kept::default();
    let trace = Trace::builder().buffer_bytes(64 << 20).max_bytes(max_bytes).start(kept.clone()).unwrap();
    let recorded = 200_000;
    (0..recorded).for_each(|_| log("load", "one of very many"));
    let done = trace.stop().unwrap();
    let bytes = kept.bytes();
    let written = bytes.windows(16).filter(|text| text == b"one of very many").count() as u64;
    assert_eq!((done.ended, done.events), (Ended::MaxBytes, written));
    // What came after the end is neither.
    assert!(done.dropped > 0 && done.events + done.dropped <= recorded, "{done}");
    assert!(done.bytes <= max_bytes && done.bytes > max_bytes - 5000, "{done}");
    let mut packets = &bytes[..];
    while let [0x0a, length @ ..] = packets {
        let digits = 1 + length.iter().position(|byte| *byte < 0x80).unwrap();
        let value = length[..digits].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        packets = &length[digits + value..];
    }
    assert!(packets.is_empty(), "it ends with a whole packet");
}

#[test]
fn it_takes_no_longer_than_it_may() {
    let trace = Trace::builder().max_duration(Duration::from_millis(50)).start(io::sink()).unwrap();
    test(1);
    while !trace.has_ended() {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!hooks_runtime::trace::is_on());
    let done = trace.stop().unwrap();
    assert_eq!((done.ended, done.events), (Ended::MaxDuration, 1));
    assert!(done.duration >= Duration::from_millis(50));
}

#[test]
fn what_cannot_be_is_refused_by_its_name() {
    let refused = Trace::builder().buffer_bytes(1000).start(io::sink()).unwrap_err();
    assert!(matches!(refused, Error::TooSmall { setting: "buffer_bytes", bytes: 1000, .. }), "{refused}");
    let refused = Trace::builder().max_bytes(1000).start(io::sink()).unwrap_err();
    assert!(matches!(refused, Error::TooSmall { setting: "max_bytes", .. }), "{refused}");
    Trace::builder().start(io::sink()).unwrap().stop().unwrap();
}
