//! What the tests that go over all attributes know of each: a file an attribute, with one value of [`Attribute`].
//!
//! Included by `identity`, by tests of this package, and by the snapshots of `hooks-macros`.

#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) struct Attribute {
    // Snapshots of expansions, in `hooks-macros`.
    /// The attribute's arguments on fns with an argument `x`, if it can stand there.
    pub(crate) over_x: Option<&'static str>,
    /// Tokens that it may make of `f(x: u32) -> u32 { x + 1 }`, the 13 or 14 of the fn included; sync and async. A
    /// snapshot shows every change; past these the change has to be argued.
    ///
    /// Eight of an async fn's are those by which one form fits every body: it costs the compiler what the shorter one did.
    pub(crate) most_tokens: [usize; 2],
    /// Shapes in other words, where it cannot stand on those of all.
    pub(crate) instead: &'static [(&'static str, &'static str)],
    /// Shapes of its own: name, arguments, item.
    pub(crate) shapes: &'static [(&'static str, &'static str, &'static str)],

    // Tests of this package.
    /// Trivial fns, whose expansion is counted in lines; `async` fns have names that begin with `async`.
    pub(crate) in_a_service: &'static [&'static str],
    /// Rows of `tests/stacking.rs`.
    pub(crate) stacked: &'static [&'static str],
    /// The attribute as it stands on a fn of the edge matrix or of the lints, if it can. `WRITTEN` stands for the
    /// arguments there, and `LEFT` for an argument that the body leaves where it is.
    pub(crate) twin: fn(&Shape) -> Option<String>,
    /// How many fns of the edge matrix have it at least.
    pub(crate) least_twins: usize,
    /// What differs in the warnings about the annotated crate, and why. Everything else has to be equal; an entry that is
    /// no longer seen fails too. `DIFFERENCES.md` says the same to users.
    pub(crate) lints: &'static [&'static [KnownLint]],
    /// What differs besides in edition 2021, for lints that this edition alone has.
    pub(crate) lints_in_2021: &'static [KnownLint],
}

pub(crate) type KnownLint = (Change, &'static str, &'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Lost,
    Added,
}
pub(crate) use Change::{Added, Lost};

/// What a test can see of a fn without a parser.
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) place: Place,
    /// The attribute whose arguments stand there.
    pub(crate) written_for: &'static str,
    pub(crate) is_async: bool,
    pub(crate) tracks_caller: bool,
    /// No reference and no type parameter is among the arguments.
    pub(crate) takes_owned: bool,
    /// `'static`, and known to be; and not never.
    pub(crate) returns_owned: bool,
    /// `Result<..>` or `Option<..>`.
    pub(crate) returns_outcome: bool,
    pub(crate) leaves_an_argument: bool,
    /// Or may.
    pub(crate) awaits: bool,
    /// `, future`, `, call` or nothing.
    pub(crate) coverage: &'static str,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// `fixtures/*.rs`, compiled and run.
    #[default]
    Matrix,
    /// `lints/*.rs`, compiled alone.
    Lints,
}

/// Under an attribute that puts a block round a body and a future round an async one, and does no more.
const ROUND_A_BODY: &[KnownLint] = &[
    // On by default.
    (Lost, "clippy::needless_return", ASYNC_BLOCK),
    (Lost, "clippy::manual_async_fn", BY_HAND),
    (Lost, "unfulfilled_lint_expectations", ALLOWED),
    // Pedantic.
    (Lost, "clippy::unused_async", TAKEN_OFF),
    (Lost, "clippy::missing_errors_doc", "an async `Result<impl Trait, _>` is two opaque types deep"),
    // Nursery.
    (Lost, "clippy::missing_const_for_fn", NOT_CONST),
    (Lost, "clippy::use_self", CANONICAL),
    // Restriction: style that a project picks lint by lint.
    (Lost, "clippy::implicit_return", IMPLICIT),
    (Added, "clippy::implicit_return", "the same"),
    (Lost, "clippy::allow_attributes_without_reason", ALLOWED),
    (Lost, "clippy::empty_drop", "an annotated `drop` is not empty"),
    (Lost, "clippy::default_numeric_fallback", IN_A_BLOCK),
    (Lost, "clippy::missing_inline_in_public_items", "at `fn` instead of at `async`"),
    (Added, "clippy::missing_inline_in_public_items", "the same"),
    (Added, "clippy::shadow_same", "async: each argument is rebound inside the future"),
    (Added, "clippy::shadow_reuse", "the same, where its name begins with `_`"),
];

const ALLOWED: &str =
    "an expectation on the fn or an argument is an allowance, since the lint that is expected may be lost";
const CANONICAL: &str =
    "the braces of `clone` and `partial_cmp` are ours, since clippy knows one body of each";
const ASYNC_BLOCK: &str =
    "async: the body is a block with a label inside of another, so its end is not the fn's end";
const BY_HAND: &str = "with `future` or `call` the fn is not an async fn written out";
const TAKEN_OFF: &str = "`async` is taken off, so there is none to be unused";
const NOT_CONST: &str = "and rightly: an annotated fn cannot be `const`";
const IMPLICIT: &str = "reported once, at the expansion's own last expression";
const IN_A_BLOCK: &str = "clippy looks at the last expression of the fn's own block, where the body is one";

#[allow(clippy::duplicate_mod, reason = "the snapshots of `hooks-macros` have it twice")]
#[macro_use]
#[path = "../../hooks-macros/src/table.rs"]
mod table;

macro_rules! files {
    ($($name:ident $attribute:ident;)*) => {
        $(mod $name;)*

        /// Each attribute of the table, by its name.
        pub(crate) const ALL: &[(&str, &Attribute)] = &[$((stringify!($name), &$name::ATTRIBUTE)),*];
    };
}
attributes!(files);
