//! Files and folders, with errors that name them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Outcome};

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
