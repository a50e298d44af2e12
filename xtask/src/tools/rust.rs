//! Parts of the toolchain in use, and other compilers: rustup fetches what is not there.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::files::lock;
use crate::failure::{Failure, Outcome};
use crate::step::Step;

/// One at a time, of all that share rustup's folder: lanes, each a process, ask for what is being fetched in the background.
fn alone() -> Outcome<File> {
    let home = std::env::var_os("RUSTUP_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".rustup")));
    lock(&home.ok_or_else(|| Failure::new("no RUSTUP_HOME"))?.join("hooks-xtask.lock"))
}

const NO_RUSTUP: &str = "where Rust is not rustup's, install what your distribution has, or rustup beside it";

/// What a toolchain may lack. `RUSTUP_AUTO_INSTALL=0` keeps rustup from adding even what `rust-toolchain.toml` lists.
pub(crate) enum Part {
    Rustfmt,
    Clippy,
    Analyzer,
    /// The standard library's source.
    Source,
    /// The standard library of another target.
    Target(&'static str),
}

impl Part {
    fn file(&self) -> PathBuf {
        match self {
            Self::Rustfmt => "bin/rustfmt".into(),
            Self::Clippy => "bin/cargo-clippy".into(),
            Self::Analyzer => "bin/rust-analyzer".into(),
            Self::Source => "lib/rustlib/src/rust/library/Cargo.lock".into(),
            Self::Target(name) => Path::new("lib/rustlib").join(name).join("lib"),
        }
    }

    /// What rustup is told.
    fn words(&self) -> [&str; 3] {
        match self {
            Self::Rustfmt => ["component", "add", "rustfmt"],
            Self::Clippy => ["component", "add", "clippy"],
            Self::Analyzer => ["component", "add", "rust-analyzer"],
            Self::Source => ["component", "add", "rust-src"],
            Self::Target(name) => ["target", "add", name],
        }
    }
}

/// Where the part is, fetched if it was not there.
pub(crate) fn part(part: &Part) -> Outcome<PathBuf> {
    let (file, words) = (sysroot()?.join(part.file()), part.words());
    // A program is there or not; a folder is there before all that belongs into it.
    if part.file().starts_with("bin") && file.exists() {
        return Ok(file);
    }
    let alone = alone();
    if !file.exists() {
        println!("$ rustup {}", words.join(" "));
        let added =
            alone.as_ref().map_err(Clone::clone).and_then(|_| Step::new("rustup").args(words).fetch());
        added.map_err(|cause| Failure::missing(words[2], &cause, NO_RUSTUP))?;
    }
    Ok(file)
}

/// rustc of a release such as `1.88.0`.
pub(crate) fn rustc(release: &str) -> Outcome<PathBuf> {
    program(release, "rustc", &[])
}

/// Miri of a nightly such as `nightly-2026-05-20`, with the library's source, which it compiles for itself.
pub(crate) fn miri(nightly: &str) -> Outcome<PathBuf> {
    program(nightly, "cargo-miri", &["--component", "miri,rust-src"])
}

fn program(toolchain: &str, name: &str, components: &[&str]) -> Outcome<PathBuf> {
    let which = || Step::new("rustup").args(["which", "--toolchain", toolchain, name]).read();
    let alone = alone();
    let path = which().or_else(|_| {
        println!("$ rustup toolchain install {toolchain}");
        let install = Step::new("rustup").args(["toolchain", "install", toolchain, "--profile", "minimal"]);
        let install = install.args(components).arg("--no-self-update");
        let installed = alone.as_ref().map_err(Clone::clone).and_then(|_| install.fetch());
        installed.map_err(|cause| Failure::missing(&format!("{name} {toolchain}"), &cause, NO_RUSTUP))?;
        which()
    })?;
    Ok(PathBuf::from(path.trim()))
}

/// The machine's own target, for names of variables and folders.
pub(crate) fn host() -> Outcome<String> {
    let version = Step::new("rustc").arg("-vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::new("rustc -vV names no host"))
}

fn sysroot() -> Outcome<PathBuf> {
    Step::new("rustc").args(["--print", "sysroot"]).read().map(|path| PathBuf::from(path.trim()))
}
