//! A profile in a file, whole or not at all.

use super::data::Profile;
use crate::process::file::write_whole;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be written.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
/// let error = profile.write_to_path("/no/such/folder/cpu.pb.gz").unwrap_err();
/// assert!(error.to_string().starts_with("/no/such/folder/cpu.pb.gz: "));
/// # }
/// # Ok::<(), hooks_service::profile::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
#[non_exhaustive]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub source: io::Error,
}

/// What a file's name says of its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Pprof,
    Folded,
    Svg,
}

impl Format {
    /// The format of the file at `path`, or an error that says which names there are.
    pub(crate) fn of(path: &Path) -> Result<Self, WriteError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ends = |end: &[&str]| end.iter().any(|end| name.ends_with(end));
        if ends(&[".pb.gz", ".pprof"]) {
            Ok(Self::Pprof)
        } else if ends(&[".folded"]) {
            Ok(Self::Folded)
        } else if ends(&[".svg"]) {
            Ok(Self::Svg)
        } else {
            let what = "the name of a profile ends with .pb.gz or .pprof (go tool pprof), .folded or .svg";
            Err(WriteError {
                path: path.to_owned(),
                source: io::Error::new(io::ErrorKind::InvalidInput, what),
            })
        }
    }
}

impl Profile {
    /// Writes the profile to the file at `path`, in the format that its name ends with: `.pb.gz` or `.pprof` for
    /// `go tool pprof`, `.folded` for folded stacks, `.svg` for a flame graph.
    ///
    /// The file is written under another name first: whoever reads `path` finds the old file or the new one, whole. What is no
    /// regular file (a pipe, `/dev/stdout`) is written to as it is, by a link with such a name for instance. A new file is its
    /// owner's only (0600), since labels may say who asks for what; one that is there keeps its permissions.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let profile = hooks_service::profile::cpu_for(std::time::Duration::from_millis(20))?;
    /// let path = std::env::temp_dir().join("hooks-write-to-path.folded");
    /// profile.write_to_path(&path)?;
    /// # std::fs::remove_file(path)?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Go: `os.Create` and `pprof.StartCPUProfile(f)`. Cost: that of the writer, and an `fsync`.
    ///
    /// # Errors
    /// [`WriteError`] names the file: its name ends otherwise, or it cannot be written.
    pub fn write_to_path(&self, path: impl AsRef<Path>) -> Result<(), WriteError> {
        let path = path.as_ref();
        let format = Format::of(path)?;
        let written = write_whole(path, |file| match format {
            Format::Pprof => self.write_pprof(file),
            Format::Folded => self.write_folded(file),
            Format::Svg => self.write_svg(file),
        });
        written.map_err(|source| WriteError { path: path.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use crate::profile::test_profile::profile;

    #[test]
    fn the_name_tells_the_format() {
        let folder = tempfile::tempdir().unwrap();
        for (name, start) in [
            ("a.pb.gz", &b"\x1f\x8b"[..]),
            ("a.pprof", b"\x1f\x8b"),
            ("a.folded", b"hooks_service::"),
            ("a.svg", b"<?xml"),
        ] {
            let path = folder.path().join(name);
            profile().write_to_path(&path).unwrap();
            assert!(std::fs::read(path).unwrap().starts_with(start), "{name}");
        }
        let error = profile().write_to_path(folder.path().join("cpu.json")).unwrap_err();
        assert!(error.to_string().contains("cpu.json: the name of a profile ends with .pb.gz"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4, "nothing else is left");
    }
}
