//! A peer written in Go, in a process of its own that measures a round when asked to.

use crate::measure::Case;
use std::cell::RefCell;
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The running Go program; ends when its input does.
pub struct Go {
    version: String,
    pipes: RefCell<Pipes>,
    _process: Child,
}

struct Pipes {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Go {
    /// Builds and starts the program `package` of `benches/go`: `"."`, or the path of a folder in it.
    ///
    /// # Errors
    /// What Go said where it cannot be built, or why it does not answer.
    pub fn start(package: &str) -> Result<Self, String> {
        let program = build(package)?;
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("no pipes to the Go program".to_owned());
        };
        let mut pipes = Pipes { input, output: BufReader::new(output) };
        let version = pipes.ask("version").map_err(|error| error.to_string())?;
        Ok(Go { version, pipes: RefCell::new(pipes), _process: process })
    }

    /// Of the compiler that built it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Cases of these names, by what the program calls them.
    pub fn cases(&self, names: &'static [(&str, &str)]) -> Vec<Case<'_>> {
        names.iter().map(|(name, case)| Case::of_rounds(*name, move || self.round(case))).collect()
    }

    /// Nanoseconds of a call; not a number if the program is gone.
    pub fn round(&self, case: &str) -> f64 {
        let answer = self.pipes.borrow_mut().ask(case);
        answer.ok().and_then(|line| line.parse().ok()).unwrap_or(f64::NAN)
    }
}

impl Pipes {
    fn ask(&mut self, case: &str) -> io::Result<String> {
        writeln!(self.input, "{case}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

/// Beside this program, so that it is cleaned with it.
fn build(package: &str) -> Result<PathBuf, String> {
    let go = env::var_os("HOOKS_GO").map_or_else(|| "go".into(), PathBuf::from);
    let ours = env::current_exe().map_err(|error| error.to_string())?;
    let name = ours.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let program = ours.with_file_name(format!("{name}-peer-go"));
    let built = Command::new(&go)
        .args(["build", "-o"])
        .arg(&program)
        .arg(package)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("go"))
        .output()
        .map_err(|error| format!("{} does not start: {error}", go.display()))?;
    if built.status.success() {
        Ok(program)
    } else {
        Err(String::from_utf8_lossy(&built.stderr).into_owned())
    }
}
