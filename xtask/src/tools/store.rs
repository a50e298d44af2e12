//! The private folder of tools: each in a folder of its own, complete or not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{create_folder, lock, remove_folder, write};
use crate::failure::{Failure, Outcome};

/// Which run of lanes a process belongs to, in the environment of all but the first.
pub(crate) const RUN: &str = "HOOKS_XTASK_RUN";

pub(crate) fn run_name() -> String {
    std::env::var(RUN).unwrap_or_else(|_| std::process::id().to_string())
}

pub(crate) struct Store {
    pub(super) folder: PathBuf,
}

impl Store {
    /// A folder that `fill` has completed, in this run or an earlier one. The version and the place are part of what
    /// counts as complete: scripts in it name other files by their path.
    pub(super) fn complete(
        &self,
        name: &str,
        version: &str,
        fill: impl FnOnce(&Path) -> Outcome<()>,
    ) -> Outcome<PathBuf> {
        let folder = self.folder.join(name);
        create_folder(&self.folder)?;
        // Two tests that hang at once want their stacks.
        let _alone = lock(&folder.with_extension("lock"))?;
        let stamp = folder.join("complete");
        let wanted = format!("{version} in {}", folder.display());
        if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == wanted) {
            return Ok(folder);
        }
        let failed = folder.with_extension("failed");
        if let Some(cause) = failure_of_this_run(&failed) {
            return Err(cause);
        }
        println!("fetching {name} into {}", folder.display());
        remove_folder(&folder)?;
        create_folder(&folder)?;
        if let Err(cause) = fill(&folder) {
            write(&failed, &format!("{}\n{cause}", run_name()))?;
            return Err(cause);
        }
        write(&stamp, &wanted)?;
        Ok(folder)
    }
}

/// Each lane is a process, and would try the download again.
fn failure_of_this_run(file: &Path) -> Option<Failure> {
    let said = fs::read_to_string(file).ok()?;
    let (run, cause) = said.split_once('\n')?;
    (run == run_name()).then(|| Failure::new(cause))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_cannot_be_had_is_tried_once_a_run() {
        let folder = std::env::temp_dir().join(format!("xtask-store-{}", std::process::id()));
        let (store, tries) = (Store { folder: folder.clone() }, Cell::new(0));
        let get = || {
            store.complete("go", "1", |_| {
                tries.set(tries.get() + 1);
                Err(Failure::new("no pip"))
            })
        };
        assert_eq!(get().unwrap_err(), get().unwrap_err());
        assert_eq!(tries.get(), 1);
        write(&folder.join("go.failed"), "of another run\nno pip").unwrap();
        assert!(get().is_err());
        assert_eq!(tries.get(), 2);
        remove_folder(&folder).unwrap();
    }
}
