//! Debug information that the compiler left in files of its own: a package beside the program (`.dwp`), or an object for each
//! unit (`.dwo`) where the program was built. Opened when an address in such a unit is looked up.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use addr2line::SplitDwarfLoad;
use gimli::{Dwarf, DwarfPackage, EndianSlice, RunTimeEndian};

use super::image::Image;
use super::kept::Kept;
use super::section::{Bytes, DebugError, section};
use crate::process::PerProcess;

/// The files of one program or library.
pub(crate) struct Split<'data> {
    kept: &'data Kept<Image>,
    package_path: PathBuf,
    package: OnceLock<Option<DwarfPackage<Bytes<'data>>>>,
    /// Units whose file is not there, and one such file.
    missing: PerProcess<Missing>,
    endian: RunTimeEndian,
}

#[derive(Default)]
struct Missing {
    units: BTreeSet<u64>,
    file: Option<PathBuf>,
}

impl<'data> Split<'data> {
    /// Those of the file at `path`.
    pub(crate) fn new(path: &str, kept: &'data Kept<Image>, endian: RunTimeEndian) -> Self {
        let mut package_path = OsString::from(path);
        package_path.push(".dwp");
        let (package, missing) = (OnceLock::new(), PerProcess::new());
        Self { kept, package_path: package_path.into(), package, missing, endian }
    }

    /// A file that was looked for in vain.
    pub(crate) fn missing(&self) -> Option<PathBuf> {
        self.missing.with(|missing| missing.file.clone())
    }

    /// What was left out of a unit; `None`: it is not there.
    pub(crate) fn unit(&self, load: &SplitDwarfLoad<Bytes<'data>>) -> Option<Arc<Dwarf<Bytes<'data>>>> {
        let id = load.dwo_id.0;
        if self.missing.with(|missing| missing.units.contains(&id)) {
            return None;
        }
        let path = object_path(load);
        let unit = self.packed(load).or_else(|| self.object(path.as_deref()?, load));
        if unit.is_none() {
            self.missing.with(|missing| {
                missing.units.insert(id);
                missing.file.get_or_insert_with(|| path.unwrap_or_else(|| self.package_path.clone()));
            });
        }
        unit.map(Arc::new)
    }

    fn packed(&self, load: &SplitDwarfLoad<Bytes<'data>>) -> Option<Dwarf<Bytes<'data>>> {
        let package = self.package.get_or_init(|| self.open_package());
        package.as_ref()?.find_cu(load.dwo_id, &load.parent).ok()?
    }

    fn open_package(&self) -> Option<DwarfPackage<Bytes<'data>>> {
        let file = self.open(&self.package_path)?;
        let empty = EndianSlice::new(&[][..], self.endian);
        DwarfPackage::load(|id| self.section(&file, id.dwo_name()), empty).ok()
    }

    /// One that was written for another build has another id.
    fn object(&self, path: &Path, load: &SplitDwarfLoad<Bytes<'data>>) -> Option<Dwarf<Bytes<'data>>> {
        let file = self.open(path)?;
        let mut object = Dwarf::load(|id| self.section(&file, id.dwo_name())).ok()?;
        let header = object.units().next().ok()??;
        let found = object.unit(header).ok()?.dwo_id;
        (found == Some(load.dwo_id)).then(|| {
            object.make_dwo(&load.parent);
            object
        })
    }

    fn open(&self, path: &Path) -> Option<object::File<'data>> {
        object::File::parse(&**self.kept.keep(Image::at(path).ok()?)).ok()
    }

    fn section(&self, file: &object::File<'data>, name: Option<&str>) -> Result<Bytes<'data>, DebugError> {
        let bytes = name.map(|name| section(file, name, self.kept)).transpose()?;
        Ok(EndianSlice::new(bytes.unwrap_or_default(), self.endian))
    }
}

fn object_path(load: &SplitDwarfLoad<Bytes<'_>>) -> Option<PathBuf> {
    let path = |bytes: &Bytes<'_>| bytes.to_string().ok().map(PathBuf::from);
    let file = path(load.path.as_ref()?)?;
    Some(load.comp_dir.as_ref().and_then(path).unwrap_or_default().join(file))
}
