//! A map of the crate that the case is compiled in.

use super::{Added, Attribute, Lost, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("*map(x)"),
    most_tokens: [133, 178],
    instead: &[],
    shapes: &[],
    in_a_service: &[
        "#[panic_on_fault(map)] pub fn guarded(map: &GuardedMap, x: u32) -> u32 { x + 1 }",
        "#[panic_on_fault(map)] pub async fn async_guarded(map: &GuardedMap) -> u32 { 1 }",
    ],
    stacked: &["panic_on_fault: #[hooks_runtime::panic_on_fault(*crate::map())] \"\" lends;"],
    twin: |shape: &Shape| Some(format!("panic_on_fault(*crate::map(){})", shape.coverage)),
    least_twins: 150,
    lints: &[
        (Lost, "clippy::needless_return", super::ASYNC_LET),
        (Lost, "clippy::manual_async_fn", super::BY_HAND),
        (Lost, "clippy::unused_async", super::TAKEN_OFF),
        (Lost, "clippy::missing_errors_doc", "an async `Result<impl Trait, _>` is two opaque types deep"),
        (Lost, "clippy::missing_const_for_fn", super::NOT_CONST),
        (Lost, "clippy::implicit_return", super::IMPLICIT),
        (Added, "clippy::implicit_return", "the same"),
        (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
        (Lost, "clippy::default_numeric_fallback", super::IN_A_BLOCK),
        (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
        (Added, "clippy::missing_inline_in_public_items", "the same"),
        (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
        (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
    ],
    lints_in_2021: &[],
};
