//! Why a lane could not pass, in words for the person who reads the log.

use std::fmt;

pub(crate) type Outcome<T> = Result<T, Failure>;

/// One sentence that names the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self(cause.into())
    }

    /// Of all that was found; none if it is nothing.
    pub(crate) fn of_all(told: &[String]) -> Outcome<()> {
        if told.is_empty() { Ok(()) } else { Err(Self(told.join("; "))) }
    }

    /// A tool that this machine lacks and that could not be fetched.
    pub(crate) fn missing(tool: &str, cause: &Failure, remedy: &str) -> Self {
        Self(format!("{tool} cannot be had ({cause}); {remedy}"))
    }

    /// Maps an error of the operating system, saying what was being done.
    pub(crate) fn doing<E: fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
