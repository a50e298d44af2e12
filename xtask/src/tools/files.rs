//! Files and folders, with errors that name them.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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

/// How long another process is waited for before that is told, and before it is given up. Some downloads are tried from three
/// places, three times each.
const QUIET: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_mins(40);

/// Held while the file is there, by one process of all.
pub(crate) fn lock(path: &Path) -> Outcome<File> {
    let doing = || Failure::doing(format!("cannot lock {}", path.display()));
    let file = File::create(path).map_err(doing())?;
    let start = Instant::now();
    let mut is_told = false;
    while let Err(cause) = file.try_lock() {
        match cause {
            TryLockError::WouldBlock if start.elapsed() < MOST => {}
            cause => return Err(doing()(cause.into())),
        }
        if !is_told && start.elapsed() > QUIET {
            println!("waiting for {}, which another process holds", path.display());
            is_told = true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(file)
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
