//! Real tools that tests need, in a private folder of the repository. Nothing is installed system-wide.

pub(crate) mod aarch64;
pub(crate) mod clang;
pub(crate) mod debian;
pub(crate) mod go;
pub(crate) mod rust;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::failure::{Failure, Outcome};
use crate::step::Step;
use aarch64::Aarch64;
use debian::Debian;
use go::Go;

/// What was fetched or could not be is remembered for the run: lanes wait for it while it is being fetched in the
/// background, and none tries a download again.
pub(crate) struct Tools {
    pub(crate) folder: PathBuf,
    debian: OnceLock<Outcome<Debian>>,
    go: OnceLock<Outcome<Go>>,
    aarch64: OnceLock<Outcome<Aarch64>>,
}

impl Tools {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, debian: OnceLock::new(), go: OnceLock::new(), aarch64: OnceLock::new() }
    }

    /// Debian's packages; the index is brought up to date once a run.
    pub(crate) fn debian(&self) -> Outcome<&Debian> {
        let debian = self.debian.get_or_init(|| Debian::with_fresh_index(&self.folder.join("debian")));
        debian.as_ref().map_err(Clone::clone)
    }

    /// Go with its pprof.
    pub(crate) fn go(&self) -> Outcome<&Go> {
        self.go.get_or_init(|| Go::get(self)).as_ref().map_err(Clone::clone)
    }

    pub(crate) fn aarch64(&self) -> Outcome<&Aarch64> {
        self.aarch64.get_or_init(|| Aarch64::get(self)).as_ref().map_err(Clone::clone)
    }

    /// The stacks of a process's threads, by elfutils: on the machine, else Debian's.
    pub(crate) fn thread_stacks(&self, process: u32) -> Outcome<String> {
        let program = if let Some(program) = on_path("eu-stack") {
            Step::new(program)
        } else {
            let fill = |folder: &Path| self.debian()?.unpack_with_dependencies(&["elfutils"], folder);
            let folder = self.complete("elfutils", "newest", fill)?;
            let libraries = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
            Step::new(folder.join("usr/bin/eu-stack")).env("LD_LIBRARY_PATH", libraries)
        };
        let output = program.args(["--source", "--inlines", "--pid", &process.to_string()]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    }

    /// A folder that `fill` has completed, in this run or an earlier one. The version and the place are part of what
    /// counts as complete: scripts in it name other files by their path.
    pub(crate) fn complete(
        &self,
        name: &str,
        version: &str,
        fill: impl FnOnce(&Path) -> Outcome<()>,
    ) -> Outcome<PathBuf> {
        let folder = self.folder.join(name);
        let _alone = self.lock(name)?;
        let stamp = folder.join("complete");
        let wanted = format!("{version} in {}", folder.display());
        if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == wanted) {
            return Ok(folder);
        }
        println!("fetching {name} into {}", folder.display());
        remove_folder(&folder)?;
        create_folder(&folder)?;
        fill(&folder)?;
        write(&stamp, &wanted)?;
        Ok(folder)
    }

    /// Held while it is there: two tests that hang at once want their stacks.
    fn lock(&self, name: &str) -> Outcome<fs::File> {
        create_folder(&self.folder)?;
        let path = self.folder.join(format!("{name}.lock"));
        let doing = || Failure::doing(format!("cannot lock {}", path.display()));
        let file = fs::File::create(&path).map_err(doing())?;
        file.lock().map_err(doing())?;
        Ok(file)
    }
}

pub(crate) fn create_folder(path: &Path) -> Outcome<()> {
    fs::create_dir_all(path).map_err(Failure::doing(format!("cannot create {}", path.display())))
}

pub(crate) fn remove_folder(path: &Path) -> Outcome<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::doing(format!("cannot remove {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}

pub(crate) fn write(path: &Path, text: &str) -> Outcome<()> {
    fs::write(path, text).map_err(Failure::doing(format!("cannot write {}", path.display())))
}

pub(crate) fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(Failure::doing(format!("cannot read {}", path.display())))
}

/// A shell script that starts `program` with arguments or variables before the caller's own.
pub(crate) fn write_wrapper(path: &Path, variables: &str, program: &Path, arguments: &str) -> Outcome<()> {
    write(path, &format!("#!/bin/sh\n{variables} exec '{}' {arguments} \"$@\"\n", program.display()))?;
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, executable).map_err(Failure::doing(format!("cannot mark {}", path.display())))
}

/// The program as found on `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
