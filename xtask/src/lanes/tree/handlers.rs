//! Files with code that runs in a signal handler say so.

use super::modules::Files;
use crate::failure::{Failure, Outcome};

/// By it one finds what runs in a signal handler, as `hooks-service/docs/signal_handlers.md` says.
const HEADING: &str = "//! SIGNAL HANDLER";

pub(super) fn require_headings(files: &Files) -> Outcome<()> {
    let mut handlers = files.iter().filter(|(file, _)| file.ends_with("handler.rs"));
    match handlers.find(|(_, text)| !text.starts_with(HEADING)) {
        Some((file, _)) => Err(Failure::new(format!("{file} does not begin with `{HEADING}`"))),
        None => Ok(()),
    }
}
