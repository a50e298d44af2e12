//! What of a returned value is a failure: of a cleanup or flusher it must not be lost, of a fn it makes `on = "error"` due.

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

/// What a fn with `#[cleanup(.., on = "error")]` returns: a `Result` or an `Option`.
///
/// ```
/// use hooks_runtime::cleanup::Outcome;
///
/// assert!(Err::<(), _>("lost").is_failure());
/// assert!(!Some(1).is_failure());
/// ```
#[diagnostic::on_unimplemented(
    message = "`on = \"..\"` needs a fn that returns a `Result` or an `Option`, not `{Self}`",
    label = "neither a `Result` nor an `Option`",
    note = "remove `on` to clean up at every exit"
)]
pub trait Outcome {
    /// `Err` or `None`.
    fn is_failure(&self) -> bool;
}

impl<T, E> Outcome for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

impl<T> Outcome for Option<T> {
    fn is_failure(&self) -> bool {
        self.is_none()
    }
}
