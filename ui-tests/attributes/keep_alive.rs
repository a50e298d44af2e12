//! An argument that the body visibly leaves where it is.

use super::{Added, Attribute, Lost, Place, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("x"),
    most_tokens: [116, 117],
    instead: &[],
    shapes: &[],
    in_a_service: &[
        "#[keep_alive(x)] pub fn kept(x: u32) -> u32 { x + 1 }",
        "#[keep_alive(mut x)] pub fn kept_mut(mut x: [u32; 2]) -> u32 { x[0] + 1 }",
        "#[keep_alive(x)] pub async fn async_kept(x: u32) -> u32 { x + 1 }",
    ],
    stacked: &["keep_alive: #[hooks_runtime::keep_alive(kept)] \"\" lends;"],
    twin: |shape: &Shape| {
        let by_hand = shape.place == Place::Matrix && !shape.coverage.is_empty();
        // What is kept over an `.await` has a type for that.
        (shape.leaves_an_argument && !by_hand && !shape.awaits).then(|| format!("keep_alive(LEFT{})", shape.coverage))
    },
    least_twins: 15,
    lints: &[&[
        (Lost, "unfulfilled_lint_expectations", super::ALLOWED),
        (Lost, "clippy::allow_attributes_without_reason", super::ALLOWED),
        (Lost, "unused_variables", "what is kept alive is used"),
        (Lost, "clippy::ptr_arg", "the same: it might need the `String`"),
        (Lost, "clippy::boxed_local", "the same"),
        (Lost, "clippy::only_used_in_recursion", "the same"),
        (Lost, "clippy::manual_async_fn", super::BY_HAND),
    ]],
    lints_in_2021: &[(
        Added,
        "tail_expr_drop_order",
        "what holds the argument has a destructor, which does nothing",
    )],
};
