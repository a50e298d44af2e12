//! A file that is written when it is closed.

use hooks_runtime::cleanup::Owned;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Entries for a file.
#[hooks_runtime::cleanup(close = write_all, args(file, entries))]
pub(crate) struct Journal {
    file: Owned<File>,
    entries: Owned<RefCell<String>>,
}

/// What closes a journal: all of it or an error.
fn write_all(mut file: File, entries: RefCell<String>) -> io::Result<()> {
    file.write_all(entries.into_inner().as_bytes())?;
    file.sync_all()
}

impl Journal {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().append(true).create(true).open(path)?;
        Ok(Journal { file: file.into(), entries: RefCell::default().into() })
    }

    pub(crate) fn append(&self, entry: &str) {
        let mut entries = self.entries.borrow_mut();
        entries.push_str(entry);
        entries.push('\n');
    }

    /// Forgets what was not written.
    pub(crate) fn discard(self) {
        self.stop();
    }
}
