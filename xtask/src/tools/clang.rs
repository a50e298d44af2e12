//! libclang, which a peer of the label bench needs to be built: from the system, else Debian's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::debian::Debian;
use super::store::Store;
use crate::failure::{Failure, Outcome};

/// Variables by which a build finds it.
pub(super) fn variables(store: &Store, debian: &Debian) -> Outcome<Vec<(&'static str, OsString)>> {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return Ok(Vec::new());
    }
    let fill = |folder: &Path| debian.unpack_with_dependencies(&["libclang-dev"], folder);
    let folder = store
        .complete("clang", "newest", fill)
        .map_err(|cause| Failure::missing("libclang", &cause, "install libclang and set `LIBCLANG_PATH`"))?;
    let llvm = only(&folder.join("usr/lib"), "llvm-")?.join("lib");
    let headers = only(&llvm.join("clang"), "")?.join("include");
    let system = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    Ok(vec![
        ("LIBCLANG_PATH", llvm.into()),
        ("LD_LIBRARY_PATH", system.into()),
        ("BINDGEN_EXTRA_CLANG_ARGS", format!("-isystem {}", headers.display()).into()),
    ])
}

/// The entry of a folder whose name begins so: it has a version in it.
fn only(folder: &Path, beginning: &str) -> Outcome<PathBuf> {
    let entries = fs::read_dir(folder)
        .map_err(Failure::doing(format!("cannot list {}", folder.display())))?
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(beginning));
    entries
        .map(|entry| entry.path())
        .next()
        .ok_or_else(|| Failure::new(format!("no {beginning}* in {}", folder.display())))
}
