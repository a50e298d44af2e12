//! What a cleanup or flusher returns: its error must not be lost.

use std::fmt::Display;

/// What a cleanup, or a fn with [`#[at_exit(..)]`](macro@crate::at_exit), may return: nothing, or a `Result` whose
/// error can be told.
///
/// Nobody waits for the value, so an error becomes a [`Fault`](super::Fault), of a flusher an
/// [`exit::Fault`](crate::exit::Fault).
#[diagnostic::on_unimplemented(
    message = "a cleanup or flusher returns `()` or a `Result` whose error is `Display`, not `{Self}`",
    label = "nobody would see this value",
    note = "write a fn that makes a `Result` of it, so that a failure is reported"
)]
pub trait Returned {
    /// The words for what went wrong, if anything did.
    fn into_failure(self) -> Option<String>;
}

impl Returned for () {
    fn into_failure(self) -> Option<String> {
        None
    }
}

impl<T, E: Display> Returned for Result<T, E> {
    fn into_failure(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}
