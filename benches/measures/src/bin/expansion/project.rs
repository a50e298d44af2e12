//! A package in the target directory whose only source file is replaced before each run of cargo.

use crate::cpu;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

/// The package.
pub(crate) struct Project {
    folder: PathBuf,
}

impl Project {
    /// The package `name` with `dependencies`, lines of a `Cargo.toml`, beside hooks-runtime.
    pub(crate) fn create(name: &str, dependencies: &str) -> io::Result<Self> {
        let workspace = workspace()?;
        let folder = env::current_exe()?.with_file_name("expansion-crates").join(name);
        fs::create_dir_all(folder.join("src"))?;
        let runtime = workspace.join("hooks-runtime");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nhooks-runtime.path = '{}'\n{dependencies}",
            runtime.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions that the workspace is tested with.
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let project = Project { folder };
        project.set_source("")?;
        Ok(project)
    }

    /// Replaces the source; cargo sees it as changed, whatever was there.
    pub(crate) fn set_source(&self, source: &str) -> io::Result<()> {
        fs::write(self.folder.join("src/lib.rs"), source)
    }

    /// Processor time of `cargo <subcommand>`, which compiles what has changed.
    pub(crate) fn run(&self, subcommand: &str) -> io::Result<Duration> {
        cpu::time_of(self.cargo([subcommand, "--quiet"]).env("CARGO_INCREMENTAL", "0"))
    }

    /// Throws away all that was compiled.
    pub(crate) fn clean(&self) -> io::Result<()> {
        let target = self.target();
        if target.exists() { fs::remove_dir_all(target) } else { Ok(()) }
    }

    /// Packages that `cargo tree` lists, `name version`, each once.
    pub(crate) fn tree(&self, arguments: &[&str]) -> io::Result<Vec<String>> {
        let output =
            self.cargo(["tree", "--edges", "normal", "--prefix", "none"]).args(arguments).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let packages = String::from_utf8_lossy(&output.stdout);
        let mut packages: Vec<String> =
            packages.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        packages.sort();
        packages.dedup();
        Ok(packages)
    }

    fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
        cargo.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", self.target());
        cargo
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }
}

/// Cargo says where this package is; the workspace is two up.
fn workspace() -> io::Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| io::Error::other("run this by `cargo run`, which says where the workspace is"))?;
    Path::new(&package).ancestors().nth(2).map(Path::to_owned).ok_or_else(|| io::Error::other("no workspace"))
}
