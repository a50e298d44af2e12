//! On fns with an owned value, which is what `exit_task` can hand out.

use super::{Added, Attribute, Lost, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some(""),
    most_tokens: [119, 160],
    instead: &[
        ("method", "fn f(&mut self, x: u32) -> u32 { self.count += x; self.count }"),
        ("async_method", "async fn f(&mut self, mut x: u32) -> u32 { x += 1; self.add(x).await }"),
        ("generic", "fn f<T: Show + ?Sized>(x: &T) -> Option<impl Iterator<Item = String>> { x.show() }"),
        ("async_generic", "async fn f<T>(x: u32, y: &T) -> Option<T> where T: Show { y.show(x).await }"),
        ("never", "fn main() -> ! { panic!() }"),
        ("async_never", "async fn f(x: u32) { panic!(\"{x}\") }"),
    ],
    shapes: &[],
    in_a_service: &[
        "#[exit_scope] pub fn scoped(x: u32) -> u32 { x + 1 }",
        "#[exit_scope] pub async fn async_scoped(x: u32) -> u32 { x + 1 }",
    ],
    // In `tests/stacking/exit.rs`: its fns have an owned value.
    stacked: &[],
    twin: |shape: &Shape| {
        let fits = shape.returns_owned && !shape.tracks_caller;
        fits.then(|| format!("exit_scope({})", shape.coverage.trim_start_matches(", ")))
    },
    least_twins: 50,
    lints: &[&[
        (Lost, "unfulfilled_lint_expectations", super::ALLOWED),
        (Lost, "clippy::allow_attributes_without_reason", super::ALLOWED),
        (Lost, "clippy::use_self", super::CANONICAL),
        // On by default.
        (
            Lost,
            "unused_variables",
            "an argument that is read only where nothing gets to is captured by the closure",
        ),
        (Lost, "unconditional_recursion", "the call is in the closure"),
        (Lost, "clippy::unconditional_recursion", "the same"),
        (Lost, "clippy::needless_return", "the closure's end is not the fn's end"),
        // Pedantic.
        (Lost, "clippy::unused_async", super::TAKEN_OFF),
        // Nursery.
        (Lost, "clippy::missing_const_for_fn", super::NOT_CONST),
        (Lost, "clippy::redundant_clone", "clippy does not look through the closure"),
        (Lost, "clippy::large_stack_frames", "reported at the attribute: the frame is the closure's"),
        (Added, "clippy::large_stack_frames", "the same"),
        // Restriction.
        (Lost, "clippy::implicit_return", super::IMPLICIT),
        (Added, "clippy::implicit_return", "the same"),
        (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
        (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
        (Added, "clippy::missing_inline_in_public_items", "the same"),
        (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
        (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
    ]],
    lints_in_2021: &[],
};
