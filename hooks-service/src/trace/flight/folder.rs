//! The files that triggers leave: `NAME-TIME-TRIGGER.pftrace`, the last ones of each.

use super::super::error::Error;
use super::noted::Trigger;
use crate::process::file::write_whole;
use crate::process::utc::Utc;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// See the module.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    name: String,
    keep: usize,
}

const END: &str = ".pftrace";

impl Folder {
    /// There is such a folder.
    pub(super) fn open(path: &Path, name: Option<&str>, keep: usize) -> Result<Self, Error> {
        let fails = |source| Error::File { path: path.to_owned(), source };
        if !fs::metadata(path).map_err(fails)?.is_dir() {
            return Err(fails(io::ErrorKind::NotADirectory.into()));
        }
        let program = || Some(std::env::current_exe().ok()?.file_name()?.to_str()?.to_owned());
        let name = name.map(str::to_owned).or_else(program).unwrap_or_else(|| "trace".to_owned());
        // From here on, wherever the program goes.
        let path = path.canonicalize().map_err(fails)?;
        Ok(Self { path, name: plain(&name), keep: keep.max(1) })
    }

    /// A new one, whole or not at all; and the oldest of its trigger are gone that are more than are kept.
    pub(super) fn write(
        &self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<PathBuf, Error> {
        let path = self.free_path(name);
        let fails = |source| Error::File { path: path.clone(), source };
        write_whole(&path, |file| write(file)).map_err(fails)?;
        self.remove_oldest(Trigger::of(&plain(name))).map_err(fails)?;
        Ok(path)
    }

    /// That nobody has: files of the same name are told apart, and sorted, by the millisecond.
    fn free_path(&self, name: &str) -> PathBuf {
        loop {
            let path = self.path.join(format!("{}-{}-{}{END}", self.name, time(), plain(name)));
            if !path.exists() {
                return path;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn remove_oldest(&self, trigger: Trigger) -> io::Result<()> {
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|file| self.trigger_of(file) == Some(trigger)) {
                files.push(entry.path());
            }
        }
        // By their names, which have the time.
        files.sort();
        let excess = files.len().saturating_sub(self.keep);
        files.iter().take(excess).try_for_each(|file| gone(fs::remove_file(file)))
    }

    /// `NAME-20261201T020304.123Z-..`: not of a program whose name begins as this one's.
    fn trigger_of(&self, file: &str) -> Option<Trigger> {
        let rest = file.strip_prefix(&self.name)?.strip_prefix('-')?.strip_suffix(END)?;
        let (time, trigger) = rest.split_once('-')?;
        let digits = |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|it| it.is_ascii_digit()));
        let is_time = digits(time.get(..8)) && time.get(8..9) == Some("T") && digits(time.get(9..15));
        is_time.then(|| Trigger::of(trigger))
    }
}

/// Another process of the same name may have removed it meanwhile.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// `20261201T020304.123Z`.
fn time() -> String {
    let now = SystemTime::now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds: String = Utc(now).to_string().chars().filter(|mark| !"-:Z".contains(*mark)).collect();
    format!("{seconds}.{:03}Z", since.subsec_millis())
}

/// What may stand in the name of a file, whoever chose it.
fn plain(text: &str) -> String {
    let kept = |mark: char| if mark.is_ascii_alphanumeric() || "_.".contains(mark) { mark } else { '_' };
    text.chars().take(60).map(kept).collect::<String>().trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_last_are_kept_and_nobody_elses_are_touched() {
        let folder = tempfile::tempdir().unwrap();
        let others = [
            "shop-20261201T020304Z.txt",
            "shop_admin-20200101T000000Z-checkout.pftrace",
            "shop-notes.pftrace",
            "shop-20200101T000000Z-panic.pftrace",
        ];
        for other in others {
            fs::write(folder.path().join(other), "").unwrap();
        }
        fs::write(folder.path().join("shop-20200101T000000Z-checkout.pftrace"), "of a run before").unwrap();
        let ours = Folder::open(folder.path(), Some("shop"), 3).unwrap();
        for turn in 0..5 {
            let path = ours.write("my trigger/..", |file| write!(file, "{turn}")).unwrap();
            assert!(path.to_str().unwrap().ends_with("-my_trigger_...pftrace"), "{path:?}");
            assert_eq!(fs::read_to_string(path).unwrap(), turn.to_string());
        }
        let names = names(folder.path());
        assert_eq!(names.len(), others.len() + 3);
        assert!(others.iter().all(|other| names.iter().any(|name| name == other)), "{names:?}");
        let failed = ours.write("full", |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(
            matches!(failed, Error::File { .. })
                && fs::read_dir(folder.path()).unwrap().count() == names.len()
        );
    }

    #[test]
    fn processes_that_share_a_folder_do_not_fail_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = || {
            let ours = Folder::open(folder.path(), Some("shop"), 1).unwrap();
            (0..100).for_each(|turn| _ = ours.write(&format!("{turn}"), |_| Ok(())).unwrap());
        };
        std::thread::scope(|scope| (0..4).for_each(|_| _ = scope.spawn(write)));
    }

    #[test]
    fn a_folder_that_is_none_is_refused() {
        let refused = Folder::open(Path::new("/no/such/folder"), None, 1).unwrap_err();
        assert!(refused.to_string().starts_with("/no/such/folder: "), "{refused}");
        assert!(Folder::open(Path::new("/dev/null"), None, 1).is_err());
    }
}
