//! Where the next dump goes, open before there is one.

use crate::stacks::target::Place;
use crate::stacks::utc::utc;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::SystemTime;

/// See the module.
#[derive(Debug)]
pub(super) enum Output {
    Stderr(File),
    Folder { path: PathBuf, next: Option<File> },
}

impl Output {
    pub(super) fn open(place: &Place) -> io::Result<Self> {
        match place {
            Place::Stderr => Ok(Self::Stderr(io::stderr().as_fd().try_clone_to_owned()?.into())),
            Place::Folder(path) => {
                let path = path.canonicalize()?;
                let next = Some(File::create(partial(&path))?);
                Ok(Self::Folder { path, next })
            }
        }
    }

    /// Gives the file to `write`; a file of its own gets its name afterwards, and the next one is opened.
    pub(super) fn write(
        &mut self,
        number: u64,
        write: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::Stderr(file) => write(file),
            Self::Folder { path, next } => {
                let file = match next.take() {
                    Some(file) => file,
                    None => File::create(partial(path))?,
                };
                write(&file)?;
                std::fs::rename(partial(path), path.join(name(number)))?;
                // Should there be no descriptor left for it: the next dump tries again.
                *next = File::create(partial(path)).ok();
                Ok(())
            }
        }
    }

    /// Removes what was opened for a dump that does not come.
    pub(super) fn close(&mut self) {
        if let Self::Folder { path, .. } = self {
            let _ = std::fs::remove_file(partial(path));
        }
    }
}

fn partial(folder: &std::path::Path) -> PathBuf {
    folder.join(format!(".stacks-{}.partial", std::process::id()))
}

fn name(number: u64) -> String {
    let time: String = utc(SystemTime::now()).chars().filter(|mark| !"-:".contains(*mark)).collect();
    format!("stacks-{time}-{}-{number}.txt", std::process::id())
}
