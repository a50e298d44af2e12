//! One command of a lane: shown as a line that can be pasted into a shell, run without standard input.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::process::{Limit, Watchdog};

/// What gets no processor time after the first of these hangs. No step takes as much of it as the last.
const LIMIT: Limit = Limit { first: Duration::from_mins(20), last: Duration::from_hours(4) };
/// Before that, cargo may be waiting for the cargo of the lane beside.
const LIMIT_OF_CARGO: Limit = Limit { first: Duration::from_hours(1), last: LIMIT.last };

/// For one try of a download.
const FETCH_LIMIT: Limit = Limit::exactly(Duration::from_mins(3));
const FETCH_TRIES: usize = 3;

pub(crate) struct Step(Command);

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdin(Stdio::null());
        Self(command)
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.0.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.0.args(args);
        self
    }

    pub(crate) fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.0.env(key, value);
        self
    }

    /// For variables that we have of who started us.
    pub(crate) fn without_env(mut self, key: impl AsRef<OsStr>) -> Self {
        self.0.env_remove(key);
        self
    }

    pub(crate) fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.0.envs(pairs);
        self
    }

    pub(crate) fn directory(mut self, path: impl AsRef<Path>) -> Self {
        self.0.current_dir(path);
        self
    }

    /// Runs with all output shown.
    pub(crate) fn run(mut self) -> Outcome<()> {
        println!("$ {self}");
        let mut child = self.0.spawn().map_err(self.unable())?;
        let status = self.watched(child.id(), self.limit(), || child.wait())?;
        self.check(status)
    }

    /// The same, as all that a lane has to do.
    pub(crate) fn run_lane(self) -> Outcome<Vec<String>> {
        self.run().map(|()| Vec::new())
    }

    /// Runs with all output shown and gives back what went to standard output.
    pub(crate) fn tee(mut self) -> Outcome<String> {
        println!("$ {self}");
        let mut child = self.0.stdout(Stdio::piped()).spawn().map_err(self.unable())?;
        let pipe = child.stdout.take().ok_or_else(|| Failure::new("no pipe from the child"))?;
        let (printed, status) = self.watched(child.id(), self.limit(), || {
            Ok((copy_lines(pipe, &mut std::io::stdout())?, child.wait()?))
        })?;
        self.check(status).map(|()| printed)
    }

    /// Shows what goes to standard error, and gives back what went to standard output.
    pub(crate) fn show_and_read(mut self) -> Outcome<String> {
        println!("$ {self}");
        let child = self.0.stdout(Stdio::piped()).spawn().map_err(self.unable())?;
        let output = self.watched(child.id(), self.limit(), || child.wait_with_output())?;
        self.check(output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs unseen and gives back standard output; what the command said is shown only if it fails.
    pub(crate) fn read(mut self) -> Outcome<String> {
        let limit = self.limit();
        self.try_to_read(limit)
    }

    /// As `read`, for what comes over the network: bounded, and tried again, since a mirror that hangs once mostly
    /// answers the next time.
    pub(crate) fn fetch(mut self) -> Outcome<String> {
        for _ in 1..FETCH_TRIES {
            match self.try_to_read(FETCH_LIMIT) {
                Ok(said) => return Ok(said),
                Err(cause) => println!("trying again: {cause}"),
            }
        }
        self.try_to_read(FETCH_LIMIT)
    }

    /// Runs unseen and gives back everything, whatever the exit status.
    pub(crate) fn output(mut self) -> Outcome<Output> {
        let limit = self.limit();
        self.output_within(limit)
    }

    fn limit(&self) -> Limit {
        let mut words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        if words.any(|word| word == "cargo") { LIMIT_OF_CARGO } else { LIMIT }
    }

    fn try_to_read(&mut self, limit: Limit) -> Outcome<String> {
        let output = self.output_within(limit)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("`{self}` ended with {}: {}", output.status, last_lines(&said, 6))))
    }

    fn output_within(&mut self, limit: Limit) -> Outcome<Output> {
        self.0.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.0.spawn().map_err(self.unable())?;
        self.watched(child.id(), limit, || child.wait_with_output())
    }

    fn watched<T>(
        &self,
        process: u32,
        limit: Limit,
        wait: impl FnOnce() -> std::io::Result<T>,
    ) -> Outcome<T> {
        let start = Instant::now();
        let watchdog = Watchdog::set(process, limit, |_| String::new());
        let waited = wait();
        if let Some(stacks) = watchdog.call_off() {
            println!("{stacks}");
            let seconds = start.elapsed().as_secs();
            return Err(Failure::new(format!("`{}` hung and was ended after {seconds} s", self.brief())));
        }
        waited.map_err(self.unable())
    }

    fn unable<E: fmt::Display>(&self) -> impl FnOnce(E) -> Failure + use<E> {
        Failure::doing(format!("cannot run `{self}`"))
    }

    /// The command without its variables, which were shown when it started.
    fn brief(&self) -> String {
        let words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        words.map(quoted).collect::<Vec<_>>().join(" ")
    }

    fn check(&self, status: ExitStatus) -> Outcome<()> {
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("`{}` ended with {status}", self.brief())))
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.0.get_envs().filter_map(|(key, value)| Some((key, value?)));
        for (key, value) in set {
            write!(formatter, "{}={} ", key.to_string_lossy(), quoted(value))?;
        }
        formatter.write_str(&self.brief())
    }
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    if word.is_empty() || word.contains([' ', '\'', '"', '&', ';']) {
        format!("'{word}'")
    } else {
        word.into_owned()
    }
}

fn copy_lines(from: impl std::io::Read, to: &mut impl Write) -> std::io::Result<String> {
    let mut copied = String::new();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        copied.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    to.flush()?;
    Ok(copied)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shown_as_a_line_for_the_shell() {
        let step = Step::new("cargo").args(["test", "a b"]).env("RUSTFLAGS", "--cfg loom");
        assert_eq!(step.to_string(), "RUSTFLAGS='--cfg loom' cargo test 'a b'");
    }

    #[test]
    fn a_failing_command_is_named_with_what_it_said() {
        let failure =
            Step::new("sh").args(["-c", "echo lost the key >&2; exit 3"]).read().unwrap_err().to_string();
        assert!(failure.contains("exit status: 3") && failure.contains("lost the key"), "{failure}");
    }

    #[test]
    fn a_command_that_hangs_is_named_with_the_time_it_had() {
        let mut step = Step::new("sleep").arg("60");
        let failure = step.output_within(Limit::exactly(Duration::from_millis(50))).unwrap_err().to_string();
        assert!(failure.contains("`sleep 60` hung"), "{failure}");
    }

    #[test]
    fn a_download_that_fails_once_is_tried_again() {
        let folder = std::env::temp_dir().join(format!("xtask-fetch-{}", std::process::id()));
        let script = r#"mkdir "$0" 2>/dev/null && exit 1; rmdir "$0"; echo here"#;
        assert_eq!(Step::new("sh").args(["-c", script]).arg(&folder).fetch().unwrap(), "here\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = Step::new("no-such-program").run().unwrap_err().to_string();
        assert!(failure.contains("no-such-program"), "{failure}");
    }

    #[test]
    fn only_the_last_lines_are_repeated() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b / c");
    }
}
