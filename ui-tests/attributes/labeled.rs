//! Labels of several kinds, over values that live in place and such that do not.

use super::{Attribute, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("x"),
    // Sync has two locals, since a frame is best written where it lies: a copied label costs 2 ns so, 8 ns otherwise.
    most_tokens: [115, 160],
    instead: &[],
    shapes: &[
        ("text", "route", "fn f(route: &str) -> usize { route.len() }"),
        ("async_text", "route", "async fn f(route: &'static str) -> usize { route.len() }"),
        (
            "several",
            SEVERAL,
            "fn f(route: &str, request: Request, size: usize) -> u32 { request.run(route, size) }",
        ),
        (
            "async_several",
            SEVERAL,
            "async fn f(route: &str, request: Request, size: usize) -> u32 { request.run(route, size).await }",
        ),
        ("future", "x, future", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        (
            "boxed_future",
            "x, future",
            "fn f(x: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> { Box::pin(async move { x }) }",
        ),
        ("call", "x, call", "fn f(x: u32) -> impl Future<Output = u32> { async move { x } }"),
        ("facade", "x, crate = ::facade::rt", "fn f(x: u32) -> u32 { x + 1 }"),
        ("refused", "y, %x", "const fn f(x: u32) -> u32 { x + 1 }"),
    ],
    in_a_service: &[
        "#[labeled(x)] pub fn number(x: u32) -> u32 { x + 1 }",
        "#[labeled(route)] pub fn text(route: &str, x: u32) -> u32 { x + 1 }",
        "#[labeled(x)] pub async fn async_number(x: u32) -> u32 { x + 1 }",
        "#[labeled(route)] pub async fn async_text(route: &str, x: u32) -> u32 { x + 1 }",
    ],
    stacked: &[
        "labeled: #[hooks_runtime::labeled(first = \"x\")] \"first=x\" lends;",
        "labeled_arguments: #[hooks_runtime::labeled(n, text = %text)] \"n=1 text=t\" lends;",
        "labeled_computed: #[hooks_runtime::labeled(sum = n + 1, debug = ?text)] \"sum=2\" lends;",
    ],
    twin: |shape: &Shape| (shape.written_for == "labeled").then(|| "labeled(WRITTEN)".to_owned()),
    least_twins: 150,
    lints: &[super::ROUND_A_BODY],
    lints_in_2021: &[],
};

const SEVERAL: &str =
    "route, n = %request.id, m = ?request.tenant(), size, kind = \"x\", unit(size = \"bytes\")";
