//! A profile of functions of the test binary itself, made by hand: every number in it is known.

use std::hint::black_box;
use std::time::{Duration, UNIX_EPOCH};

use super::data::{Label, LabelValue, Profile, Sample};
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

/// 100 periods of 10 ms: 70 in `busy` (50 of route `/orders`, 20 of `/users`), 27 in `idle` (`/users`), 3 lost.
pub(crate) fn profile() -> Profile {
    let sample = |leaf, weight, labels: &[Label]| Sample {
        stack: [leaf, return_to(caller)].into(),
        labels: labels.into(),
        weight,
    };
    let orders = [text("route", "/orders"), text("tenant", "acme"), number("req_bytes", 2048, "bytes")];
    let users = [text("route", "/users"), number("req_bytes", 8192, "bytes")];
    let (busy, idle) = (busy(), idle as fn() -> u64 as usize as u64);
    Profile {
        samples: vec![sample(busy, 50, &orders), sample(busy, 20, &users), sample(idle, 27, &users)],
        modules: loaded_modules(),
        clock: "cpu",
        period: Duration::from_millis(10),
        started: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        duration: Duration::from_secs(1),
        periods_at_once: 1,
        lost: 3,
        comments: vec!["made by hand".to_owned()],
    }
}
