//! Where the body stays where it is called; bodies that run elsewhere have cases of their own, in `fixtures/elsewhere.rs`.

use super::{Added, Attribute, Lost, Place, Shape};

pub(crate) const ATTRIBUTE: Attribute = Attribute {
    over_x: Some("reason = \"why\""),
    most_tokens: [109, 162],
    // Async bodies cannot borrow.
    instead: &[
        ("async_method", "async fn f(self: Arc<Self>, mut x: u32) -> u32 { x += 1; self.add(x).await }"),
        ("async_generic", "async fn f<T>(x: u32, y: T) -> Option<T> where T: Show { y.show(x).await }"),
    ],
    shapes: &[],
    in_a_service: &[
        "#[lock_os_thread(reason = \"a test\")] pub fn locked(x: u32) -> u32 { x + 1 }",
        "#[lock_os_thread(thread = \"gl\", reason = \"a test\")] pub fn named(x: u32) -> u32 { x + 1 }",
        "#[lock_os_thread(reason = \"a test\")] pub async fn async_locked(x: u32) -> u32 { x + 1 }",
    ],
    stacked: &[
        "lock_os_thread: #[hooks_runtime::lock_os_thread(reason = \"a test\")] \"\" owns;",
        "lock_os_thread_named: #[hooks_runtime::lock_os_thread(thread = \"stack\", token = _thread, reason = \"a test\")] \"\" owns;",
    ],
    twin: |shape: &Shape| {
        let elsewhere = shape.is_async || shape.coverage.contains("future");
        // The edge matrix counts on the order in which values drop, which another thread changes.
        let may_leave = shape.place == Place::Lints && shape.takes_owned;
        (!elsewhere || may_leave).then(|| format!("lock_os_thread(reason = \"a twin\"{})", shape.coverage))
    },
    least_twins: 80,
    lints: &[&[
        (Lost, "unfulfilled_lint_expectations", super::ALLOWED),
        (Lost, "clippy::allow_attributes_without_reason", super::ALLOWED),
        (Lost, "clippy::use_self", super::CANONICAL),
        (Lost, "clippy::missing_inline_in_public_items", super::CANONICAL),
        (Lost, "clippy::needless_return", super::ASYNC_BLOCK),
        (Lost, "clippy::manual_async_fn", super::BY_HAND),
        (Lost, "clippy::unused_async", super::TAKEN_OFF),
        (Lost, "clippy::large_futures", "the body's future is on another thread"),
        (Lost, "clippy::future_not_send", "the same: what is returned is `Send`"),
        (Lost, "clippy::missing_const_for_fn", super::NOT_CONST),
        (Lost, "clippy::implicit_return", super::IMPLICIT),
        (Added, "clippy::implicit_return", "the same"),
        (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
        (Lost, "clippy::default_numeric_fallback", super::IN_A_BLOCK),
        (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
        (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
    ]],
    lints_in_2021: &[],
};
