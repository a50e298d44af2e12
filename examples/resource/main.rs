//! A journal whose close error is seen.
//!
//! `close(2)` and `fsync(2)` report what the kernel could not write, and a `Drop` has nobody to tell. Here the journal
//! has a `close` that returns the error, a net that reports the journal that was dropped without, and a rollback that
//! runs on errors only. `cargo run --example resource`

mod journal;

use hooks_runtime::cleanup;
use hooks_runtime::cleanup::{Slot, add_cleanup};
use journal::Journal;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A temporary folder, removed when the last owner is gone.
struct Folder {
    path: PathBuf,
    cleanups: Slot,
}

impl cleanup::Owner for Folder {
    fn cleanups(&self) -> &Slot {
        &self.cleanups
    }
}

fn temporary_folder() -> io::Result<Arc<Folder>> {
    let path = std::env::temp_dir().join(format!("hooks-resource-{}", std::process::id()));
    std::fs::create_dir(&path)?;
    let folder = Arc::new(Folder { path, cleanups: Slot::new() });
    add_cleanup(&folder, std::fs::remove_dir_all, folder.path.clone());
    Ok(folder)
}

fn main() -> io::Result<()> {
    cleanup::on_fault(|fault| println!("  reported: {fault}"));
    let folder = temporary_folder()?;

    println!("a journal that is closed");
    write(&folder.path.join("good"), &["one", "two"])?;

    println!("a journal that cannot be written, closed");
    let full = Journal::open(Path::new("/dev/full"))?;
    full.append("lost");
    println!("  seen by the caller: {}", full.close().expect_err("the device is full"));

    println!("the same, dropped");
    let full = Journal::open(Path::new("/dev/full"))?;
    full.append("lost");
    drop(full);

    println!("a batch that fails and is rolled back");
    let batch = folder.path.join("batch");
    let error = write(&batch, &["one", "", "three"]).expect_err("an empty entry is refused");
    println!("  seen by the caller: {error}; the file is there: {}", batch.exists());

    let path = folder.path.clone();
    for left in cleanup::outstanding() {
        println!("still there: {left}");
    }
    drop(folder);
    println!("the folder is there: {}", path.exists());
    Ok(())
}

/// Writes all `entries`, or leaves no file.
#[hooks_runtime::cleanup(std::fs::remove_file(path), on = "error")]
fn write(path: &Path, entries: &[&str]) -> io::Result<()> {
    let journal = Journal::open(path)?;
    for entry in entries {
        if entry.is_empty() {
            journal.discard();
            return Err(io::Error::other("an empty entry"));
        }
        journal.append(entry);
    }
    journal.close()
}
