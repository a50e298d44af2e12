//! Files that are whole once they have their name: a reader never sees half of one, and a crash leaves the old one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes the file at `path` by `write`, under another name in the same folder first. If that fails, or the process ends in
/// between, what was there before is still there. Links stay, also to a file that is not there yet, and so do permissions; a new
/// file is its owner's only, since labels may say who asks for what. What is no regular file (`/dev/stdout`, a pipe) is written
/// to as it is.
pub(crate) fn write_whole<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>,
) -> Result<(), E> {
    let old = fs::metadata(path).ok();
    let path = &match old {
        Some(_) => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        None => follow(path)?,
    };
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let mut writer = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        write(&mut writer)?;
        return Ok(writer.flush()?);
    }
    let partial = Partial::beside(path)?;
    let mut writer = BufWriter::new(partial.file.try_clone()?);
    write(&mut writer)?;
    writer.flush()?;
    drop(writer);
    if let Some(old) = old {
        partial.file.set_permissions(old.permissions())?;
    }
    // Before the name: else a machine that loses its power may keep the name alone.
    partial.file.sync_all()?;
    Ok(partial.keep(path)?)
}

/// Where links lead to a file that is not there yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    /// As many as the kernel follows.
    const MOST: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST {
        match fs::read_link(&path) {
            Ok(target) => path = path.with_file_name("").join(target),
            Err(_) => return Ok(path),
        }
    }
    // Says that it is a circle.
    fs::canonicalize(path)
}

/// What makes files that nobody else may read.
pub(crate) fn owner_only() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there are no modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file under the name that it has until it is whole. Dropped before, it is gone.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) file: File,
    path: PathBuf,
}

impl Partial {
    /// One that becomes the file at `path`, under another name at each call: two that become the same are not each other's.
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let partial = format!(".{name}.{}-{number}.partial", std::process::id());
        Self::create(path.with_file_name(partial), owner_only().write(true))
    }

    /// A new file, which takes the place of what has the name: that was left by a process which was killed, or is a link that
    /// somebody laid, and is not followed.
    pub(crate) fn create(path: PathBuf, options: &mut OpenOptions) -> io::Result<Self> {
        options.create_new(true);
        let file = options.open(&path).or_else(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                return Err(error);
            }
            fs::remove_file(&path)?;
            options.open(&path)
        })?;
        Ok(Self { file, path })
    }

    /// It is whole: it gets its name.
    pub(crate) fn keep(&self, path: &Path) -> io::Result<()> {
        // There is nothing under the old name then that the drop would remove.
        fs::rename(&self.path, path)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        fs::read_dir(folder).unwrap().map(name).collect()
    }

    #[test]
    fn the_old_file_is_there_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cpu.pb.gz");
        fs::write(&path, "old").unwrap();
        let written: io::Result<()> = write_whole(&path, |writer| {
            writer.write_all(b"ne")?;
            writer.flush()?;
            assert_eq!(fs::read(&path).unwrap(), b"old", "while it is being written");
            assert_eq!(names(folder.path()).len(), 2);
            writer.write_all(b"w")
        });
        written.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["cpu.pb.gz"]);
    }

    #[test]
    fn what_fails_or_panics_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cpu.pb.gz");
        fs::write(&path, "old").unwrap();
        let failed: io::Result<()> = write_whole(&path, |writer| {
            writer.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        let panicked = std::panic::catch_unwind(|| {
            write_whole::<io::Error>(&path, |writer| {
                writer.write_all(b"half")?;
                panic!("in between")
            })
        });
        assert!(panicked.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["cpu.pb.gz"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_process_that_ends_in_between_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cpu.pb.gz");
        fs::write(&path, "old").unwrap();
        // SAFETY: the child writes a file and ends; the harness's other thread, which waits, holds no lock that it needs.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let _ = write_whole::<io::Error>(&path, |writer| {
                writer.write_all(b"half")?;
                writer.flush()?;
                // SAFETY: ends the child.
                unsafe { libc::_exit(7) }
            });
        }
        let mut status = 0;
        // SAFETY: the call fills the status.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!((libc::WEXITSTATUS(status), fs::read(&path).unwrap()), (7, b"old".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn links_permissions_and_devices_stay_what_they_are() {
        use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("cpu.pb.gz"), folder.path().join("latest"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("cpu.pb.gz", &link).unwrap();
        write_whole::<io::Error>(&link, |writer| writer.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);

        let (later, planned) = (folder.path().join("planned.pb.gz"), folder.path().join("planned"));
        for (to, link) in [(later.as_path(), "step"), (Path::new("step"), "planned")] {
            symlink(to, folder.path().join(link)).unwrap();
        }
        write_whole::<io::Error>(&planned, |writer| writer.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&planned).unwrap().is_symlink(), "it led to no file");
        assert_eq!(fs::read(&later).unwrap(), b"new");
        assert_eq!(fs::metadata(&later).unwrap().permissions().mode() & 0o777, 0o600, "a new one");
        symlink("circle", folder.path().join("circle")).unwrap();
        let circle = write_whole::<io::Error>(&folder.path().join("circle"), |_| Ok(()));
        assert_eq!(circle.unwrap_err().raw_os_error(), Some(libc::ELOOP));

        symlink("/dev/null", folder.path().join("nowhere")).unwrap();
        write_whole::<io::Error>(&folder.path().join("nowhere"), |writer| writer.write_all(b"x")).unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn where_there_is_no_folder_it_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let none = |_: &mut BufWriter<File>| -> io::Result<()> { Ok(()) };
        assert_eq!(
            write_whole(&folder.path().join("none/x"), none).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
        assert!(write_whole(folder.path(), none).is_err(), "a folder is not replaced");
        assert!(write_whole(Path::new("/"), none).is_err());
        assert_eq!(names(folder.path()), [] as [&str; 0]);
    }
}
