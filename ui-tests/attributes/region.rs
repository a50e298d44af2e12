//! With values over what lives in place and what does not, of which nothing is looked at in these tests but by the compiler.

use super::{Attribute, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some(""),
    // With a value the `if` is 29 tokens more.
    most_tokens: [104, 152],
    instead: &[],
    shapes: &[
        ("named", "\"db.query\"", "fn f(x: u32) -> u32 { x + 1 }"),
        ("value", "x", "fn f(x: u32) -> u32 { x + 1 }"),
        ("async_value", "x", "async fn f(x: u32) -> u32 { x + 1 }"),
        ("several", SEVERAL, "fn f(request: Request, size: usize) -> u32 { request.run(size) }"),
        ("async_several", SEVERAL, "async fn f(request: Request, size: usize) -> u32 { request.run(size).await }"),
        ("slow", "slow = \"50ms\"", "fn f(x: u32) -> u32 { x + 1 }"),
        ("async_slow", "slow = \"2s\"", "async fn f(x: u32) -> u32 { x + 1 }"),
        ("async_part", "x", "async fn f((x, y): (u32, u32)) -> u32 { x + y }"),
        ("future", "x, future", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        ("call", "call", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        ("facade", "crate = ::facade::rt", "fn f(x: u32) -> u32 { x + 1 }"),
        ("refused", "y, \"late\"", "const fn f(x: u32) -> u32 { x + 1 }"),
    ],
    in_a_service: &[
        "#[region] pub fn traced(x: u32) -> u32 { x + 1 }",
        "#[region] pub async fn async_traced(x: u32) -> u32 { x + 1 }",
    ],
    stacked: &[
        "region: #[hooks_runtime::region] \"\" lends;",
        "region_values: #[hooks_runtime::region(\"a region\", n, text = %text, slow = \"2s\")] \"\" lends;",
    ],
    twin: |shape: &Shape| {
        let values = if shape.written_for == "labeled" { "WRITTEN" } else { shape.coverage.trim_start_matches(", ") };
        Some(format!("region({values})"))
    },
    least_twins: 150,
    lints: &[super::ROUND_A_BODY],
    lints_in_2021: &[],
};

const SEVERAL: &str = "\"db.query\", n = %request.id, m = ?request.tenant(), size, unit(size = \"bytes\"), slow = \"1m\"";
