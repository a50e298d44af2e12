//! Whether a fn has failed, for `on = "error"`.

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
