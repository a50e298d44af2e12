//! What the user reads when `#[cleanup(..)]` is wrong: every message says what to write instead.

use proc_macro2::Ident;

pub(super) const ON_FN: &str = "on a fn write the call that is to run when it is left, `#[cleanup(unlock(m))]`; \
                                options are `on = \"error\"`, `on = \"failure\"`, `background`, `future`, `call`, \
                                `crate = ::path`";
pub(super) const ON_STRUCT: &str = "on a struct write the fn that closes it and the fields that it takes; options are \
                                    `close = close_fd`, `args(fd, ..)`, `result = Result<..>`, `background`, \
                                    `crate = ::path`";
pub(super) const METHOD: &str = "the receiver of a method would be borrowed while the fn runs without showing it: \
                                 write it as an argument, `Type::method(&value)`";
pub(super) const CLOSURE: &str =
    "a closure could capture what it is to clean up: name a fn and give it what it needs as arguments";
pub(super) const NOT_A_FN: &str = "only a call of a fn that is named can be a cleanup: `unlock(m)`";
pub(super) const ON: &str = "`on` is `\"error\"` (on `Err`, `None` and unwinding) or `\"failure\"` \
                             (on a cancelled future too)";
pub(super) const BACKGROUND: &str = "when the queue is full, `background = \"wait\"` (as `background` alone) waits and \
     `background = \"inline\"` runs the cleanup in its place";
pub(super) const TRACK_CALLER: &str = "with `on` the body is called once more inside the fn, where \
                                       `#[track_caller]` does not reach: remove one of the two";
pub(super) const DERIVED: &str = "two copies of one value would be closed twice: remove this derive, and \
                                  share the value in an `Arc`";
pub(super) const PACKED: &str =
    "the fields of a packed struct cannot be taken out by reference: remove `packed`";
pub(super) const MOVES_NUMBERS: &str =
    "where this field is not there, those after it have other numbers: put it last, or give the fields names";
pub(super) const BOXED_FN: &str = "a boxed closure can capture the value that owns it, which is then never dropped: \
     take a `fn(A)` and its argument";

pub(super) fn on_other_type(word: &Ident) -> String {
    format!(
        "`#[cleanup(..)]` takes fields out by name, and the variants of {} `{word}` differ: put it on a struct \
         that holds this type as a field",
        if word == "enum" { "an" } else { "a" }
    )
}

pub(super) fn cycle(pointer: &Ident) -> String {
    format!(
        "a value that can hold `{pointer}`s of its own type can be in a cycle, and is then never dropped: \
         hold a `Weak`, or keep the pointers outside of this struct"
    )
}
