//! Files that stay open between dumps: to parse one again for a few new addresses takes ten times as long as to look
//! them up.

use std::sync::{Arc, Mutex, PoisonError};

use super::open_file::OpenFile;
use crate::code::Module;

/// Files that are kept, at most: the program and the libraries that it spends its time in.
const MOST_FILES: usize = 8;

/// Their debug sections and symbol tables together, in bytes; what was parsed of them takes about as much memory, and
/// 2.5 times that once all of a program has been looked up. A larger program is read anew by each dump.
const MOST_BYTES: usize = 64 << 20;

/// Open files.
pub(crate) struct Kept {
    /// By the identity of their module, the one used last at the end.
    files: Vec<(Arc<str>, OpenFile)>,
    most_bytes: usize,
}

static KEPT: Mutex<Kept> = Mutex::new(Kept { files: Vec::new(), most_bytes: MOST_BYTES });

/// Runs `body` with the process's files locked; it neither reads nor closes one.
fn with<Result>(body: impl FnOnce(&mut Kept) -> Result) -> Result {
    body(&mut KEPT.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The file of `module`, which is the caller's until he gives it back to [`keep`]: a second dump meanwhile opens its
/// own.
pub(crate) fn take(identity: &Arc<str>, module: &Module) -> Option<OpenFile> {
    with(|kept| kept.take(identity)).filter(|file| file.serves(module))
}

/// Keeps the file for the next dump, if it fits.
pub(crate) fn keep(identity: Arc<str>, file: OpenFile) {
    file.rest();
    drop(with(|kept| kept.put(identity, file)));
}

/// Closes all: there are no descriptors left.
pub(crate) fn close_all() {
    drop(with(|kept| std::mem::take(&mut kept.files)));
}

impl Kept {
    fn take(&mut self, identity: &Arc<str>) -> Option<OpenFile> {
        let at = self.files.iter().position(|(kept, _)| kept == identity)?;
        Some(self.files.remove(at).1)
    }

    /// Returns those that are to be closed.
    fn put(&mut self, identity: Arc<str>, file: OpenFile) -> Vec<OpenFile> {
        if file.size() > self.most_bytes {
            return vec![file];
        }
        let mut closed: Vec<OpenFile> = self.take(&identity).into_iter().collect();
        self.files.push((identity, file));
        while self.files.len() > MOST_FILES || self.size() > self.most_bytes {
            closed.push(self.files.remove(0).1);
        }
        closed
    }

    fn size(&self) -> usize {
        self.files.iter().map(|(_, file)| file.size()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::symbols::test_support::loaded_modules;

    /// The smallest that every process has.
    fn file() -> OpenFile {
        OpenFile::open(loaded_modules().iter().find(|module| module.is_vdso()).unwrap()).unwrap()
    }

    fn names(kept: &Kept) -> String {
        kept.files.iter().map(|(name, _)| &**name).collect()
    }

    #[test]
    fn the_files_used_last_stay() {
        let mut kept = Kept { files: Vec::new(), most_bytes: usize::MAX };
        for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            assert!(kept.put(name.into(), file()).is_empty());
        }
        assert_eq!(kept.put("a".into(), file()).len(), 1, "one of a name");
        assert_eq!(kept.put("i".into(), file()).len(), 1);
        assert_eq!(names(&kept), "cdefghai");
        assert!(kept.take(&"b".into()).is_none() && kept.take(&"c".into()).is_some());
    }

    #[test]
    fn memory_is_bounded() {
        let size = file().size();
        assert!(size > 0);
        let mut kept = Kept { files: Vec::new(), most_bytes: 2 * size };
        let closed: usize = ["a", "b", "c"].map(|name| kept.put(name.into(), file()).len()).iter().sum();
        assert_eq!((names(&kept).as_str(), closed), ("bc", 1));
        kept.most_bytes = size - 1;
        assert_eq!(kept.put("d".into(), file()).len(), 1);
        assert_eq!(names(&kept), "bc", "what does not fit at all drives nobody out");
    }
}
