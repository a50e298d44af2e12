//! A cleanup that does nothing; where a fn can fail, one more that looks at how it ended.

use super::{Added, Attribute, Lost, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("note(x)"),
    most_tokens: [112, 113],
    instead: &[],
    shapes: &[],
    in_a_service: &[
        "#[cleanup(crate::note(x))] pub fn cleaned_up(x: u32) -> u32 { x + 1 }",
        "#[cleanup(crate::note(x))] pub async fn async_cleaned_up(x: u32) -> u32 { x + 1 }",
    ],
    stacked: &[
        "cleanup: #[hooks_runtime::cleanup(crate::note(n))] \"\" lends;",
        "cleanup_of_temporaries: #[hooks_runtime::cleanup(crate::note(*std::convert::identity(&(n + 1))), crate::done())] \"\" lends;",
    ],
    twin: |shape: &Shape| {
        let on = if shape.returns_outcome && !shape.tracks_caller && shape.coverage.is_empty() {
            ", on = \"failure\""
        } else {
            ""
        };
        Some(format!("cleanup(crate::note(){}{on})", shape.coverage))
    },
    least_twins: 150,
    lints: &[&[
        (Lost, "unfulfilled_lint_expectations", super::ALLOWED),
        (Lost, "clippy::allow_attributes_without_reason", super::ALLOWED),
        (Lost, "clippy::use_self", super::CANONICAL),
        (Lost, "clippy::missing_inline_in_public_items", super::CANONICAL),
        (Lost, "clippy::needless_return", "with `on` the closure's end is not the fn's end"),
        (Lost, "clippy::manual_async_fn", super::BY_HAND),
        (Lost, "clippy::missing_const_for_fn", super::NOT_CONST),
        (Lost, "clippy::implicit_return", super::IMPLICIT),
        (Added, "clippy::implicit_return", "the same"),
        (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
        (Lost, "clippy::default_numeric_fallback", super::IN_A_BLOCK),
    ]],
    lints_in_2021: &[],
};
