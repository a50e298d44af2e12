//! The private folder of tools: each in a folder of its own, complete or not there.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{create_folder, remove_folder, write};
use crate::failure::{Failure, Outcome};

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
        let _alone = self.lock(name)?;
        let stamp = folder.join("complete");
        let wanted = format!("{version} in {}", folder.display());
        if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == wanted) {
            return Ok(folder);
        }
        println!("fetching {name} into {}", folder.display());
        remove_folder(&folder)?;
        create_folder(&folder)?;
        fill(&folder)?;
        write(&stamp, &wanted)?;
        Ok(folder)
    }

    /// Held while it is there: two tests that hang at once want their stacks.
    fn lock(&self, name: &str) -> Outcome<fs::File> {
        create_folder(&self.folder)?;
        let path = self.folder.join(format!("{name}.lock"));
        let doing = || Failure::doing(format!("cannot lock {}", path.display()));
        let file = fs::File::create(&path).map_err(doing())?;
        file.lock().map_err(doing())?;
        Ok(file)
    }
}
