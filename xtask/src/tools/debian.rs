//! Packages of Debian, unpacked into a private folder.
//!
//! apt is given an index and a cache of its own: no root, no change to the system. It is told that nothing is installed,
//! so what is fetched does not depend on what the machine has today.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::files::{create_folder, lock, on_path, write};
use crate::failure::{Failure, Outcome};
use crate::step::Step;

pub(crate) struct Debian {
    folder: PathBuf,
    /// apt's configuration, with an index of packages: brought up to date once a run, by the first who asks.
    configuration: OnceLock<Outcome<PathBuf>>,
}

impl Debian {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, configuration: OnceLock::new() }
    }

    /// Unpacks these packages and all that they depend on.
    pub(super) fn unpack_with_dependencies(&self, packages: &[&str], into: &Path) -> Outcome<()> {
        let archives = into.join("archives");
        create_folder(&archives.join("partial"))?;
        self.download(packages, &archives)?;
        unpack_all(&archives, into)
    }

    /// One process at a time, by our own lock: apt's would have the second fail.
    fn download(&self, packages: &[&str], archives: &Path) -> Outcome<()> {
        let _alone = lock(&self.folder.with_extension("lock"))?;
        let cache = format!("Dir::Cache::archives={}", archives.display());
        let configuration = self.configuration.get_or_init(|| fresh_index(&self.folder)).clone()?;
        let install = apt_get(&configuration).args([
            "install",
            "--download-only",
            "--reinstall",
            "-qq",
            "-y",
            "-o",
            &cache,
        ]);
        install.args(packages).fetch().map(drop)
    }
}

/// Fails where there is no apt.
fn fresh_index(folder: &Path) -> Outcome<PathBuf> {
    for tool in ["apt-get", "dpkg-deb"] {
        on_path(tool).ok_or_else(|| Failure::new(format!("no {tool}: this is not a Debian system")))?;
    }
    create_folder(&folder.join("state/lists/partial"))?;
    create_folder(&folder.join("cache/archives/partial"))?;
    write(&folder.join("status"), "")?;
    let configuration = folder.join("apt.conf");
    write(&configuration, &configuration_text(folder))?;
    apt_get(&configuration).args(["update", "-qq"]).fetch()?;
    Ok(configuration)
}

fn apt_get(configuration: &Path) -> Step {
    Step::new("apt-get").env("APT_CONFIG", configuration).env("DEBIAN_FRONTEND", "noninteractive")
}

fn configuration_text(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "Dir::State \"{folder}/state\";\n\
         Dir::State::status \"{folder}/status\";\n\
         Dir::Cache \"{folder}/cache\";\n\
         APT::Architectures {{ \"amd64\"; }};\n\
         APT::Install-Recommends \"false\";\n\
         APT::Sandbox::User \"\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::Retries \"2\";\n\
         Acquire::http::Timeout \"20\";\n\
         Acquire::https::Timeout \"20\";\n\
         Debug::NoLocking \"true\";\n"
    )
}

fn unpack_all(archives: &Path, into: &Path) -> Outcome<()> {
    let entries = fs::read_dir(archives).map_err(Failure::doing("cannot list the archives"))?;
    for file in entries.flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|extension| extension == "deb") && !is_c_library(&file) {
            Step::new("dpkg-deb").arg("-x").arg(&file).arg(into).read()?;
        }
    }
    fs::remove_dir_all(archives).map_err(Failure::doing("cannot remove the archives"))
}

/// The C library has to be of a piece with the system's loader.
fn is_c_library(archive: &Path) -> bool {
    archive.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libc6_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_own_c_library_stays_in_use() {
        assert!(is_c_library(Path::new("archives/libc6_2.36-9+deb12u14_amd64.deb")));
        assert!(!is_c_library(Path::new("archives/libc6-arm64-cross_2.36-8cross1_all.deb")));
    }
}
