//! Compilers other than the one in use: from rustup where it has them, else from Debian.

use std::path::{Path, PathBuf};

use super::debian::Debian;
use super::{Tools, write_wrapper};
use crate::failure::{Failure, Outcome};
use crate::step::Step;
use crate::workspace::Workspace;

/// rustc of a release such as `1.85`.
pub(crate) fn rustc(tools: &Tools, release: &str) -> Outcome<PathBuf> {
    if let Some(toolchain) = rustup_toolchain(|name| {
        name.starts_with(&format!("{release}.")) || name.starts_with(&format!("{release}-"))
    }) {
        return rustup_which(&toolchain, "rustc");
    }
    let remedy = format!("run `rustup toolchain install {release} --profile minimal`");
    from_debian(tools, release)
        .map_err(|cause| Failure::missing(&format!("rustc {release}"), &cause, &remedy))
}

/// rustc of a release, only if rustup already has it.
pub(crate) fn installed_rustc(release: &str) -> Option<PathBuf> {
    let toolchain = rustup_toolchain(|name| name.starts_with(&format!("{release}.")))?;
    rustup_which(&toolchain, "rustc").ok()
}

/// rust-analyzer of the toolchain in use, else Debian's.
pub(crate) fn analyzer(tools: &Tools) -> Outcome<PathBuf> {
    let component = Step::new("rustup").args(["which", "rust-analyzer"]).read();
    if let Ok(path) = component {
        return Ok(PathBuf::from(path.trim()));
    }
    analyzer_from_debian(tools).map_err(|cause| {
        Failure::missing("rust-analyzer", &cause, "run `rustup component add rust-analyzer rust-src`")
    })
}

/// The machine's own target, for names of variables and folders.
pub(crate) fn host(workspace: &Workspace) -> Outcome<String> {
    let version = workspace.step("rustc").arg("-vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::new("rustc -vV names no host"))
}

fn from_debian(tools: &Tools, release: &str) -> Outcome<PathBuf> {
    let folder = tools.complete(&format!("rustc-{release}"), release, |folder| {
        let version = tools.debian()?.version("rustc-web", &format!("{release}."))?;
        unpack(tools.debian()?, &version, folder)?;
        wrap(folder, "rustc")
    })?;
    Ok(folder.join("rustc"))
}

/// rustc of a version of Debian with its standard library. The linker is the system's, so rustc's own dependencies,
/// which name one, are left out.
pub(crate) fn unpack(debian: &Debian, version: &str, folder: &Path) -> Outcome<()> {
    debian.unpack_with_dependencies(&[&format!("libstd-rust-web-dev={version}")], folder)?;
    debian.unpack(&[format!("rustc-web={version}")], folder)
}

/// Debian's programs look for their libraries in the system's folders; the wrapper points them to ours.
pub(crate) fn wrap(folder: &Path, program: &str) -> Outcome<()> {
    let libraries = format!("LD_LIBRARY_PATH='{}'", folder.join("usr/lib/x86_64-linux-gnu").display());
    let wrapper = folder.join(program);
    write_wrapper(&wrapper, &libraries, &folder.join("usr/bin").join(program), "")?;
    Step::new(&wrapper).arg("--version").read().map(drop)
}

fn analyzer_from_debian(tools: &Tools) -> Outcome<PathBuf> {
    let folder = tools.complete("rust-analyzer", "newest", |folder| {
        tools.debian()?.unpack_with_dependencies(&["rust-web-analyzer"], folder)?;
        wrap(folder, "rust-analyzer")
    })?;
    Ok(folder.join("rust-analyzer"))
}

fn rustup_which(toolchain: &str, program: &str) -> Outcome<PathBuf> {
    let path = Step::new("rustup").args(["which", "--toolchain", toolchain, program]).read()?;
    Ok(PathBuf::from(path.trim()))
}

fn rustup_toolchain(wanted: impl Fn(&str) -> bool) -> Option<String> {
    let listed = Step::new("rustup").args(["toolchain", "list"]).read().ok()?;
    listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .find(|name| wanted(name))
        .map(str::to_owned)
}
