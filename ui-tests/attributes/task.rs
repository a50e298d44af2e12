//! Sync a guard, async a future.

use super::{Attribute, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some(""),
    most_tokens: [104, 142],
    instead: &[],
    shapes: &[
        ("named", "\"checkout\"", "async fn f(x: u32) -> u32 { x + 1 }"),
        ("future", "future", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        (
            "boxed_future",
            "future",
            "fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { x }) }",
        ),
        ("call", "call", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        ("facade", "crate = ::facade::rt", "fn f(x: u32) -> u32 { x + 1 }"),
        ("refused", "user = 1", "const fn f(x: u32) -> u32 { x + 1 }"),
    ],
    in_a_service: &[
        "#[task] pub fn job(x: u32) -> u32 { x + 1 }",
        "#[task] pub async fn async_job(x: u32) -> u32 { x + 1 }",
    ],
    stacked: &["task: #[hooks_runtime::task(\"a task\")] \"\" lends;"],
    twin: |shape: &Shape| Some(format!("task({})", shape.coverage.trim_start_matches(", "))),
    least_twins: 150,
    lints: &[super::ROUND_A_BODY],
    lints_in_2021: &[],
};
