//! A profile of functions of the test binary itself, made by hand: every number in it is known.

use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

use super::data::{Label, LabelValue, Profile, Sample, SampleType};
use crate::code::symbols::test_support::{here, loaded_modules};

/// The address of an instruction in code that is inlined twice into this function.
#[inline(never)]
pub(crate) fn busy() -> u64 {
    black_box(inlined())
}

#[expect(clippy::inline_always, reason = "the tests ask for inlined frames, also without optimisation")]
#[inline(always)]
fn inlined() -> u64 {
    here()
}

#[inline(never)]
pub(crate) fn idle() -> u64 {
    black_box(black_box(1))
}

#[inline(never)]
pub(crate) fn caller() -> u64 {
    black_box(black_box(2))
}

/// A return address in `function`: the call before it is the function's first instruction.
pub(crate) fn return_to(function: fn() -> u64) -> u64 {
    function as usize as u64 + 1
}

pub(crate) fn label(key: &str, value: LabelValue) -> Label {
    Label { key: key.into(), value }
}

pub(crate) fn text(key: &str, value: &str) -> Label {
    label(key, LabelValue::Text(value.into()))
}

pub(crate) fn number(key: &str, value: i64, unit: &str) -> Label {
    label(key, LabelValue::Number { value, unit: unit.into() })
}

const CPU: SampleType = SampleType { kind: "cpu", unit: "nanoseconds" };

/// 100 periods of 10 ms: 70 in `busy` (50 of route `/orders`, 20 of `/users`), 27 in `idle` (`/users`), 3 lost.
pub(crate) fn profile() -> Profile {
    let sample = |leaf, weight, labels: &[Label]| Sample {
        stack: [leaf, return_to(caller)].into(),
        labels: labels.into(),
        values: [weight, weight * 10_000_000].into(),
    };
    let orders = [text("route", "/orders"), text("tenant", "acme"), number("req_bytes", 2048, "bytes")];
    let users = [text("route", "/users"), number("req_bytes", 8192, "bytes")];
    let (busy, idle) = (busy(), idle as fn() -> u64 as usize as u64);
    Profile {
        samples: vec![sample(busy, 50, &orders), sample(busy, 20, &users), sample(idle, 27, &users)],
        modules: loaded_modules(),
        sample_types: vec![SampleType { kind: "samples", unit: "count" }, CPU],
        shown: 0,
        default_type: 1,
        period_type: CPU,
        period: 10_000_000,
        started: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        duration: Duration::from_secs(1),
        lost: vec![3, 30_000_000],
        stats: None,
        comments: vec!["made by hand".to_owned()],
    }
}

/// As a heap profile is: four sample types, of which the last is shown. In `busy` 2 MiB in 2 blocks are in use, in `idle` 1 of 1;
/// twice as much was allocated.
pub(crate) fn heap() -> Profile {
    let kind = |kind, unit| SampleType { kind, unit };
    let sample = |leaf, blocks: i64| Sample {
        stack: [leaf, return_to(caller)].into(),
        labels: [text("route", "/orders")].into(),
        values: [blocks * 2, blocks << 21, blocks, blocks << 20].into(),
    };
    let space = kind("space", "bytes");
    Profile {
        sample_types: vec![
            kind("alloc_objects", "count"),
            kind("alloc_space", "bytes"),
            kind("inuse_objects", "count"),
            kind("inuse_space", "bytes"),
        ],
        shown: 3,
        default_type: 3,
        samples: vec![sample(busy(), 2), sample(idle as fn() -> u64 as usize as u64, 1)],
        period_type: space,
        period: 512 << 10,
        lost: vec![0; 4],
        comments: Vec::new(),
        ..profile()
    }
}
