//! What links for 64-bit ARM and runs it on this machine: Debian's cross linker with its C library, and qemu.

use std::path::{Path, PathBuf};

use super::debian::Debian;
use super::files::{read, write, write_wrapper};
use super::store::Store;
use crate::failure::{Failure, Outcome};
use crate::step::Step;

pub(crate) struct Aarch64 {
    folder: PathBuf,
}

impl Aarch64 {
    pub(super) fn get(store: &Store, debian: &Debian) -> Outcome<Self> {
        let folder = store.complete("aarch64", "linker and emulator", |folder| fetch(debian, folder));
        let remedy = "it needs a Debian 12 system or later with apt";
        folder
            .map(|folder| Self { folder })
            .map_err(|cause| Failure::missing("aarch64 tools", &cause, remedy))
    }

    pub(crate) fn linker(&self) -> PathBuf {
        self.folder.join("linker")
    }

    /// Runs a program of that architecture.
    pub(crate) fn emulator(&self) -> PathBuf {
        self.folder.join("qemu")
    }
}

fn fetch(debian: &Debian, folder: &Path) -> Outcome<()> {
    debian.unpack_with_dependencies(
        &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "qemu-user-static"],
        folder,
    )?;
    let system = folder.join("usr/aarch64-linux-gnu");
    make_relative(&system.join("lib/libc.so"))?;
    let wrap = |name: &str, variables: &str, program: &str, arguments: &str| {
        write_wrapper(&folder.join(name), variables, &folder.join("usr/bin").join(program), arguments)
    };
    wrap("qemu", "", "qemu-aarch64-static", &format!("-L '{}'", system.display()))?;
    // Debian's programs look for their libraries in the system's folders.
    let libraries = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    wrap("linker", &format!("LD_LIBRARY_PATH='{}'", libraries.display()), "aarch64-linux-gnu-gcc", "")?;
    Step::new(folder.join("linker")).arg("--version").read().map(drop)
}

/// `libc.so` is a script for the linker that names its libraries by their installed place. Bare names are looked
/// up in the linker's own folders, which moved with it.
fn make_relative(script: &Path) -> Outcome<()> {
    write(script, &read(script)?.replace("/usr/aarch64-linux-gnu/lib/", ""))
}
