//! Cargo's runner for test binaries: each test in a process of its own, one after another, with a time limit.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::watchdog::Watchdog;

/// A test that takes longer is a deadlock.
const LIMIT: Duration = Duration::from_mins(5);

struct TestBinary<'a> {
    /// The binary, or a program that runs it and the binary.
    command: Vec<&'a OsStr>,
    arguments: &'a [OsString],
}

/// Runs `[--through PROGRAM] BINARY ARGUMENTS..` and closes with a line in the form of Rust's own test harness.
pub(crate) fn run(words: &[OsString]) -> Outcome<ExitCode> {
    let binary = TestBinary::parse(words).ok_or_else(|| Failure::new("isolate needs a test binary"))?;
    let names = binary.names()?;
    let (mut passed, mut ignored, mut failed) = (0, 0, Vec::new());
    for name in &names {
        match binary.run_test(name, LIMIT)? {
            Verdict::Passed => passed += 1,
            Verdict::Ignored => ignored += 1,
            Verdict::Failed => failed.push(name.as_str()),
        }
    }
    let result = if failed.is_empty() { "ok" } else { "FAILED" };
    println!("test result: {result}. {passed} passed; {} failed; {ignored} ignored", failed.len());
    for name in &failed {
        println!("    failed: {name}");
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Ignored,
    Failed,
}

impl Verdict {
    fn of(status: Option<ExitStatus>, said: &str) -> Self {
        let ended_well = status.is_some_and(|status| status.success());
        match said {
            said if ended_well && said.contains("test result: ok. 1 passed") => Self::Passed,
            said if ended_well && said.contains("1 ignored") => Self::Ignored,
            _ => Self::Failed,
        }
    }
}

impl<'a> TestBinary<'a> {
    fn parse(words: &'a [OsString]) -> Option<Self> {
        let (command, arguments) = match words.strip_prefix(&[OsString::from("--through")]) {
            Some(rest) => rest.split_at_checked(2)?,
            None => words.split_at_checked(1)?,
        };
        Some(Self { command: command.iter().map(OsString::as_os_str).collect(), arguments })
    }

    fn names(&self) -> Outcome<Vec<String>> {
        let mut list = self.invocation();
        list.args(self.arguments).args(["--list", "--format", "terse"]);
        let output = list.output().map_err(Failure::doing("cannot list the tests"))?;
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            Ok(names_in(&listed))
        } else {
            Err(Failure::new(format!("no list of tests:\n{listed}")))
        }
    }

    fn run_test(&self, name: &str, limit: Duration) -> Outcome<Verdict> {
        let start = Instant::now();
        let mut log = temporary_file()?;
        let mut test = self.invocation();
        test.args(["--exact", name, "--nocapture"]).stdout(copy(&log)?).stderr(copy(&log)?);
        let status = wait(&mut test, limit)?;
        let said = contents(&mut log)?;
        let verdict = Verdict::of(status, &said);
        println!("test {name} ... {verdict:?} in {:.2} s", start.elapsed().as_secs_f64());
        if verdict == Verdict::Failed {
            println!(
                "---- {name}: {}\n{said}",
                status.map_or("took too long".to_owned(), |status| status.to_string())
            );
        }
        Ok(verdict)
    }

    fn invocation(&self) -> Command {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::null());
        if let [emulator, _] = self.command[..] {
            // For tests that start themselves again.
            command.env("HOOKS_EMULATOR", emulator);
        }
        command
    }
}

/// Waits for the end of a test; none if it took too long and was ended.
fn wait(test: &mut Command, limit: Duration) -> Outcome<Option<ExitStatus>> {
    let mut child = test.spawn().map_err(Failure::doing("cannot start the test"))?;
    let watchdog = Watchdog::set(child.id(), limit);
    let status = child.wait().map_err(Failure::doing("cannot wait for the test"))?;
    Ok((!watchdog.call_off()).then_some(status))
}

/// A file without a name: a test that prints more than a pipe holds must not stop.
fn temporary_file() -> Outcome<File> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("xtask-isolate-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).append(true).create_new(true).open(&path);
    let file = file.map_err(Failure::doing(format!("cannot create {}", path.display())))?;
    std::fs::remove_file(&path).map_err(Failure::doing(format!("cannot unlink {}", path.display())))?;
    Ok(file)
}

fn copy(file: &File) -> Outcome<File> {
    file.try_clone().map_err(Failure::doing("cannot share the log"))
}

fn contents(file: &mut File) -> Outcome<String> {
    let mut bytes = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut bytes))
        .map_err(Failure::doing("cannot read the log"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn names_in(listed: &str) -> Vec<String> {
    listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_binary_is_told_from_the_program_that_runs_it() {
        let plain = words("target/one filter");
        let plain = TestBinary::parse(&plain).unwrap();
        assert_eq!((plain.command, plain.arguments), (vec!["target/one".as_ref()], &*words("filter")));
        let emulated = words("--through qemu target/one filter");
        let emulated = TestBinary::parse(&emulated).unwrap();
        assert_eq!(
            (emulated.command, emulated.arguments),
            (vec!["qemu".as_ref(), "target/one".as_ref()], &*words("filter"))
        );
        assert!(TestBinary::parse(&words("--through qemu")).is_none());
    }

    #[test]
    fn names_are_read_from_the_terse_list() {
        assert_eq!(names_in("a::b: test\nc: test\nd: benchmark\n"), ["a::b", "c"]);
    }

    /// Stands in for a test binary: a shell script that answers as Rust's harness would.
    fn verdict_of(script: &str, limit: Duration) -> Verdict {
        let command = vec!["sh".as_ref(), "-c".as_ref(), OsStr::new(script)];
        TestBinary { command, arguments: &[] }.run_test("t", limit).unwrap()
    }

    #[test]
    fn only_a_test_that_says_it_passed_has_passed() {
        assert_eq!(verdict_of("echo 'test result: ok. 1 passed'", LIMIT), Verdict::Passed);
        assert_eq!(
            verdict_of("echo 'test result: ok. 0 passed; 0 failed; 1 ignored'", LIMIT),
            Verdict::Ignored
        );
        assert_eq!(
            verdict_of("echo 'test result: ok. 0 passed; 0 failed; 0 ignored'", LIMIT),
            Verdict::Failed
        );
        assert_eq!(verdict_of("echo 'test result: ok. 1 passed'; exit 1", LIMIT), Verdict::Failed);
        assert_eq!(verdict_of("kill -SEGV $$", LIMIT), Verdict::Failed);
    }

    #[test]
    fn a_test_that_hangs_is_ended() {
        assert_eq!(verdict_of("exec sleep 60", Duration::from_millis(50)), Verdict::Failed);
    }
}
