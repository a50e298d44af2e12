//! A trace of one call, in a file: what the expansions of `capture` begin, and end by its drop.

use super::error::Error;
use super::trace::Trace;
use crate::process::file::Partial;
use crate::process::{PerProcess, say};
use std::collections::HashMap;
use std::fmt;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Ends it.
#[must_use]
pub struct Capture(Option<Running>);

struct Running {
    trace: Trace,
    partial: Partial,
    path: PathBuf,
}

/// When a call was traced last, by the file that it went to.
static LAST: PerProcess<HashMap<&'static str, Instant>> = PerProcess::new();

/// Begins it, if none runs, and none did within the interval before, in milliseconds.
pub fn capture(path: &'static str, interval: u64) -> Capture {
    if !is_due(path, Duration::from_millis(interval)) {
        return Capture(None);
    }
    match begin(Path::new(path)) {
        Ok(running) => Capture(Some(running)),
        Err(error) => {
            // Another one has nothing that would be told.
            if !matches!(error, Error::AlreadyRuns { .. }) {
                say(format_args!("no trace of the call: {error}"));
            }
            Capture(None)
        }
    }
}

fn is_due(path: &'static str, interval: Duration) -> bool {
    let due = LAST.try_with(|last| {
        let now = Instant::now();
        let is_due = last.get(path).is_none_or(|last| now.duration_since(*last) >= interval);
        if is_due {
            last.insert(path, now);
        }
        is_due
    });
    // Another thread looks at this moment: that one is traced.
    due.unwrap_or(false)
}

fn begin(path: &Path) -> Result<Running, Error> {
    let fails = |source| Error::File { path: path.to_owned(), source };
    // From here on, wherever the program goes meanwhile.
    let path = std::path::absolute(path).map_err(fails)?;
    let partial = Partial::beside(&path).map_err(fails)?;
    let file = partial.file.try_clone().map_err(fails)?;
    let trace = Trace::builder().start(BufWriter::new(file))?;
    Ok(Running { trace, partial, path })
}

impl Running {
    fn end(self) -> Result<(), Error> {
        let Self { trace, partial, path } = self;
        if let Err(error) = trace.stop() {
            if matches!(error, Error::Forked { .. }) {
                // It is the parent's, which goes on writing it.
                std::mem::forget(partial);
            }
            return Err(error);
        }
        partial.keep(&path).map_err(|source| Error::File { path, source })
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else { return };
        match running.end() {
            Ok(()) | Err(Error::Forked { .. }) => {}
            Err(error) => say(format_args!("no trace of the call: {error}")),
        }
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("is_traced", &self.0.is_some()).finish()
    }
}
