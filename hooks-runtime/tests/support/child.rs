//! A test that starts itself once more, to be seen from outside: how it ends and what it writes.

use super::itself;
use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

const CHILD: &str = "HOOKS_TEST_CHILD";

pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// How the child ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) written: String,
    pub(crate) errors: String,
}

impl Ended {
    /// The lines that the child has written with [`say`], in their order.
    pub(crate) fn said(&self) -> Vec<&str> {
        self.written.lines().filter_map(|line| line.split_once(SAYS).map(|(_, text)| text)).collect()
    }
}

/// Runs `test` of this file in a process of its own, where [`is_child`] is true.
pub(crate) fn run(test: &str) -> Ended {
    run_with(test, None)
}

/// The same, with a variable in its environment.
pub(crate) fn run_with(test: &str, variable: Option<(&str, &str)>) -> Ended {
    ended(command(test).envs(variable))
}

/// The same, where nothing can be written to standard error.
pub(crate) fn run_mute(test: &str) -> Ended {
    let full = File::options().write(true).open("/dev/full").expect("there");
    ended(command(test).stderr(full))
}

fn command(test: &str) -> Command {
    let mut child = itself::command();
    child.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(CHILD, "1").stdin(Stdio::null());
    child
}

fn ended(child: &mut Command) -> Ended {
    let output = child.output().expect("this test starts");
    Ended {
        code: output.status.code(),
        written: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

const SAYS: &str = "child: ";

/// Writes a line for [`Ended::said`].
pub(crate) fn say(text: &str) {
    let line = format!("\n{SAYS}{text}\n");
    std::io::stdout().write_all(line.as_bytes()).and_then(|()| std::io::stdout().flush()).expect("written");
}
