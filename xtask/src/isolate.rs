//! Cargo's and nextest's runner for test binaries: each test in a process of its own, which ends when it hangs.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome};
use crate::process::{Limit, Watchdog};
use crate::tools::Tools;

/// A test that takes longer is a deadlock, or computes for ever.
const LIMIT: Limit = Limit { first: Duration::from_mins(5), last: Duration::from_mins(15) };

/// Where the tools are, in the environment of tests.
pub(crate) const TOOLS: &str = "HOOKS_XTASK_TOOLS";

struct TestBinary<'a> {
    /// The binary, or a program that runs it and the binary.
    command: Vec<&'a OsStr>,
    arguments: &'a [OsString],
}

/// Runs `[--through PROGRAM] BINARY ARGUMENTS..`.
pub(crate) fn run(words: &[OsString]) -> Outcome<ExitCode> {
    let binary = TestBinary::parse(words).ok_or_else(|| Failure::new("isolate needs a test binary"))?;
    let is_asked_for_one = binary.arguments.iter().any(|word| word == "--list" || word == "--exact");
    if is_asked_for_one { binary.pass_on(LIMIT) } else { binary.run_all() }
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

    /// nextest's requests: it isolates by itself.
    fn pass_on(&self, limit: Limit) -> Outcome<ExitCode> {
        match wait(self.invocation().args(self.arguments), limit)? {
            Ok(status) if status.success() => Ok(ExitCode::SUCCESS),
            Ok(status) => {
                println!("ended with {status}");
                Ok(ExitCode::FAILURE)
            }
            Err(stacks) => {
                println!("took too long\n{stacks}");
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// As many at a time as there are processors. Closes with a line in the form of Rust's own test harness.
    fn run_all(&self) -> Outcome<ExitCode> {
        let names = self.names()?;
        let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                let verdict = self.run_test(name, LIMIT);
                verdicts.lock().unwrap_or_else(PoisonError::into_inner).push((name, verdict));
            }
        };
        std::thread::scope(|scope| {
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        let verdicts = verdicts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let count = |wanted| verdicts.iter().filter(|(_, verdict)| *verdict == wanted).count();
        let (passed, ignored) = (count(Ok(Verdict::Passed)), count(Ok(Verdict::Ignored)));
        let failed = verdicts.len() - passed - ignored;
        let result = if failed == 0 { "ok" } else { "FAILED" };
        println!("test result: {result}. {passed} passed; {failed} failed; {ignored} ignored");
        for (name, verdict) in &verdicts {
            match verdict {
                Ok(Verdict::Failed) => println!("    failed: {name}"),
                Err(cause) => println!("    failed: {name}: {cause}"),
                Ok(_) => {}
            }
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

    fn run_test(&self, name: &str, limit: Limit) -> Outcome<Verdict> {
        let start = Instant::now();
        // Apart, since a thread that still panics at the end writes into the middle of the result's line.
        let (mut log, mut errors) = (temporary_file()?, temporary_file()?);
        let mut test = self.invocation();
        test.args(["--exact", name, "--nocapture"]).stdout(copy(&log)?).stderr(copy(&errors)?);
        let ended = wait(&mut test, limit)?;
        let said = contents(&mut log)?;
        let verdict = Verdict::of(ended.as_ref().ok().copied(), &said);
        let mut line = format!("test {name} ... {verdict:?} in {:.2} s", start.elapsed().as_secs_f64());
        if verdict == Verdict::Failed {
            let end =
                ended.map_or_else(|stacks| format!("took too long\n{stacks}"), |status| status.to_string());
            line = format!("{line}\n---- {name}: {end}\n{said}\n{}", contents(&mut errors)?);
        }
        println!("{line}");
        Ok(verdict)
    }

    fn invocation(&self) -> Command {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::null());
        // What the tests run by cargo are no tests.
        let runners = std::env::vars_os().map(|(name, _)| name);
        for name in runners.filter(|name| name.as_encoded_bytes().ends_with(b"_RUNNER")) {
            command.env_remove(name);
        }
        if let [emulator, _] = self.command[..] {
            // For tests that start themselves again.
            command.env("HOOKS_EMULATOR", emulator);
        }
        command
    }
}

/// The test's end, or where it was when it had taken too long and was ended.
fn wait(test: &mut Command, limit: Limit) -> Outcome<Result<ExitStatus, String>> {
    let mut child = test.spawn().map_err(Failure::doing("cannot start the test"))?;
    let watchdog = Watchdog::set(child.id(), limit, stacks);
    let status = child.wait().map_err(Failure::doing("cannot wait for the test"))?;
    Ok(watchdog.call_off().map_or(Ok(status), Err))
}

fn stacks(process: u32) -> String {
    let folder = std::env::var_os(TOOLS).map(|folder| Tools::new(folder.into()));
    let stacks = folder.ok_or_else(|| Failure::new("not told where tools are"));
    let stacks = stacks.and_then(|tools| tools.thread_stacks(process));
    stacks.unwrap_or_else(|cause| format!("  no stacks: {cause}\n"))
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
    fn verdict_of(script: &str, limit: Limit) -> Verdict {
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
        let beside = "printf 'test result: '; echo 'a thread panicked' >&2; echo 'ok. 1 passed'";
        assert_eq!(verdict_of(beside, LIMIT), Verdict::Passed);
    }

    #[test]
    fn a_test_that_hangs_is_ended() {
        let limit = Limit::exactly(Duration::from_millis(50));
        assert_eq!(verdict_of("exec sleep 60", limit), Verdict::Failed);
    }
}
