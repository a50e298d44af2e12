//! The programs that measure, one for each profiler, and a machine that is idle or not.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::thread::available_parallelism;

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    program: PathBuf,
}

/// What else runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    /// Nothing of ours.
    Idle,
    /// As many busy threads, in another process, as there are processors.
    Loaded,
}

impl Machine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Machine::Idle => "idle",
            Machine::Loaded => "loaded",
        }
    }
}

impl Contender {
    /// Ours first. Builds the peers.
    pub(crate) fn all() -> Result<Vec<Self>, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        Ok(vec![
            Contender { name: "hooks", program },
            Contender { name: "pprof", program: build("default")? },
            Contender { name: "pprof framehop", program: build("framehop-unwinder")? },
        ])
    }

    /// The `NAME VALUE` lines of one measurement.
    pub(crate) fn measure(&self, arguments: &[&str]) -> Result<Vec<(String, f64)>, String> {
        let output = output(Command::new(&self.program).args(arguments))
            .map_err(|cause| cause.replace(&self.program.display().to_string(), self.name))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let pair = |line: &str| {
            let (name, value) = line.split_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Ok(text.lines().filter_map(pair).collect())
    }
}

/// Builds the peer with one feature, and takes the program aside before the next feature's replaces it.
fn build(feature: &str) -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let target = own.parent().and_then(Path::parent).ok_or("this program is in no target folder")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "build",
        "--quiet",
        "--release",
        "-p",
        "peer-pprof",
        "--features",
        feature,
        "--target-dir",
    ]);
    output(command.arg(target).current_dir(env!("CARGO_MANIFEST_DIR")))?;
    let program = own.with_file_name(format!("peer-pprof-{feature}"));
    fs::copy(own.with_file_name("peer-pprof"), &program).map_err(|error| error.to_string())?;
    Ok(program)
}

fn output(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{command:?} does not start: {error}"))?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)))
    }
}

/// A process that keeps the machine busy until it is dropped.
pub(crate) struct Load(Child);

impl Load {
    pub(crate) fn start() -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let threads = available_parallelism().map_or(2, usize::from);
        let child = Command::new(program).arg("spin").arg(threads.to_string()).spawn();
        child.map(Load).map_err(|error| error.to_string())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
