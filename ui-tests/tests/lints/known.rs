//! What differs, and why. Everything else has to be equal; an entry that is no longer seen fails too.
//!
//! `../../DIFFERENCES.md` says the same to users.

use crate::{Added, Change, Lost};

type Known = (Change, &'static str, &'static str);

/// An attribute, and the lints that differ under it.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) known: &'static [Known],
    /// What differs besides in edition 2021, for lints that this edition alone has.
    pub(crate) in_2021: &'static [Known],
}

pub(crate) const ATTRIBUTES: &[Attribute] = &[
    Attribute { name: "labeled", known: LABELED, in_2021: &[] },
    Attribute { name: "cleanup", known: CLEANUP, in_2021: &[] },
    Attribute { name: "exit_scope", known: EXIT_SCOPE, in_2021: &[] },
    Attribute { name: "lock_os_thread", known: LOCK_OS_THREAD, in_2021: &[] },
    Attribute { name: "panic_on_fault", known: PANIC_ON_FAULT, in_2021: &[] },
    Attribute { name: "keep_alive", known: KEEP_ALIVE, in_2021: KEEP_ALIVE_2021 },
];

const LABELED: &[Known] = &[
    // On by default.
    (
        Lost,
        "clippy::needless_return",
        "the body is the initialiser of a `let`, so its end is not the fn's end",
    ),
    (Lost, "clippy::needless_question_mark", "as above"),
    (
        Lost,
        "clippy::unconditional_recursion",
        "clippy (unlike rustc) looks for a body that is one expression",
    ),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
    // Pedantic.
    (Lost, "clippy::unused_async", "`async` is taken off, so there is none to be unused"),
    (Lost, "clippy::missing_errors_doc", "an async `Result<impl Trait, _>` is two opaque types deep"),
    // Nursery.
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    // Restriction: style that a project picks lint by lint.
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
    (Added, "clippy::missing_inline_in_public_items", "the same"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
    (Added, "clippy::shadow_unrelated", "async: a label names a part of a pattern"),
    (Added, "clippy::pattern_type_mismatch", "the same"),
];

const CLEANUP: &[Known] = &[
    (Lost, "clippy::needless_return", BODY_OF_LET),
    (Lost, "clippy::needless_question_mark", BODY_OF_LET),
    (
        Lost,
        "clippy::unconditional_recursion",
        "clippy (unlike rustc) looks for a body that is one expression",
    ),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
];

const EXIT_SCOPE: &[Known] = &[
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
    (Lost, "clippy::unused_async", "`async` is taken off, so there is none to be unused"),
    // Nursery.
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    (Lost, "clippy::redundant_clone", "clippy does not look through the closure"),
    (Lost, "clippy::large_stack_frames", "reported at the attribute: the frame is the closure's"),
    (Added, "clippy::large_stack_frames", "the same"),
    // Restriction.
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
    (Added, "clippy::missing_inline_in_public_items", "the same"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
];

const LOCK_OS_THREAD: &[Known] = &[
    (Lost, "clippy::needless_return", BODY_OF_LET),
    (Lost, "clippy::needless_question_mark", BODY_OF_LET),
    (
        Lost,
        "clippy::unconditional_recursion",
        "clippy (unlike rustc) looks for a body that is one expression",
    ),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
    (Lost, "clippy::unused_async", "`async` is taken off, so there is none to be unused"),
    (Lost, "clippy::large_futures", "the body's future is on another thread"),
    (Lost, "clippy::future_not_send", "the same: what is returned is `Send`"),
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
];

const PANIC_ON_FAULT: &[Known] = &[
    (Lost, "clippy::needless_return", BODY_OF_LET),
    (Lost, "clippy::needless_question_mark", BODY_OF_LET),
    (
        Lost,
        "clippy::unconditional_recursion",
        "clippy (unlike rustc) looks for a body that is one expression",
    ),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
    (Lost, "clippy::unused_async", "`async` is taken off, so there is none to be unused"),
    (Lost, "clippy::missing_errors_doc", "an async `Result<impl Trait, _>` is two opaque types deep"),
    (Lost, "clippy::missing_const_for_fn", "and rightly: an annotated fn cannot be `const`"),
    (Lost, "clippy::implicit_return", "reported once, at the expansion's own last expression"),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
    (Added, "clippy::missing_inline_in_public_items", "the same"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
];

const BODY_OF_LET: &str = "the body is the initialiser of a `let`, so its end is not the fn's end";

const KEEP_ALIVE: &[Known] = &[
    (Lost, "unused_variables", "what is kept alive is used"),
    (Lost, "clippy::ptr_arg", "the same: it might need the `String`"),
    (Lost, "clippy::boxed_local", "the same"),
    (Lost, "clippy::only_used_in_recursion", "the same"),
    (Lost, "clippy::manual_async_fn", "with `future` or `call` the fn is not an async fn written out"),
];

const KEEP_ALIVE_2021: &[Known] =
    &[(Added, "tail_expr_drop_order", "what holds the argument has a destructor, which does nothing")];
