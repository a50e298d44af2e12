//! A process that plays a role of `roles.rs`.

use crate::support::itself;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdout, Command, Stdio};

pub(crate) struct Child {
    process: std::process::Child,
    lines: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(role: &str) -> Self {
        Self::start_under(&[], role)
    }

    /// With a flusher that takes 300 ms.
    pub(crate) fn start_with_slow_flush(role: &str) -> Self {
        Self::start_under(&["env", "SLOW_FLUSH=1"], role)
    }

    pub(crate) fn start_under(wrapper: &[&str], role: &str) -> Self {
        let itself = itself::command();
        let program = std::iter::once(itself.get_program()).chain(itself.get_args());
        let mut words = wrapper.iter().map(OsStr::new).chain(program);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["--exact", "shutdown::role", "--nocapture"]).env("ROLE", role);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// Reads lines up to one that holds `text`, and returns that.
    pub(crate) fn expect(&mut self, text: &str) -> String {
        let line = self.line_with(text);
        line.unwrap_or_else(|| panic!("the process ended before it said {text:?}: {}", self.errors()))
    }

    /// Whether it says so before it ends.
    pub(crate) fn says(&mut self, text: &str) -> bool {
        self.line_with(text).is_some()
    }

    fn line_with(&mut self, text: &str) -> Option<String> {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return None;
            }
        }
        Some(line)
    }

    pub(crate) fn signal(&self, signal: i32) {
        // SAFETY: no memory is passed; the process was not waited for yet, so its id is its own.
        assert_eq!(unsafe { libc::kill(self.process.id().cast_signed(), signal) }, 0);
    }

    /// The exit status, or the signal of which it died.
    pub(crate) fn wait(&mut self) -> Result<i32, i32> {
        let status = self.process.wait().unwrap();
        status.code().ok_or_else(|| status.signal().unwrap())
    }

    /// From now on the process has a broken pipe for its standard error.
    pub(crate) fn close_errors(&mut self) {
        drop(self.process.stderr.take());
    }

    pub(crate) fn errors(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut errors) = self.process.stderr.take() {
            errors.read_to_string(&mut said).unwrap();
        }
        said
    }
}

/// A test that failed leaves none behind.
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
