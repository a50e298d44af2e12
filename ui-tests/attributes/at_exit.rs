//! A flusher has no arguments, so of what goes over all fns it takes part in nothing.

use super::{Attribute, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: None,
    most_tokens: [140, 0],
    instead: &[],
    shapes: &[
        ("sync", "order = 3, timeout = \"1m\"", "fn f() -> Result<(), String> { flush() }"),
        ("unit", "", "pub(crate) fn f() { use log::f; f(); }"),
        ("dressed", "", "/// Docs.\n#[inline] pub fn f() { #![allow(unused)] flush() }"),
    ],
    // Most of its lines are those of `inventory::submit!`.
    in_a_service: &[],
    // In `tests/stacking/exit.rs`.
    stacked: &[],
    twin: |shape: &Shape| (shape.written_for == "at_exit").then(|| "at_exit(WRITTEN)".to_owned()),
    least_twins: 0,
    lints: &[],
    lints_in_2021: &[],
};
