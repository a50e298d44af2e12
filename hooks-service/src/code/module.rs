//! SIGNAL HANDLER, as far as [`Module`].
//!
//! Executable mappings and the search for the one that holds an address.

use super::program;

/// An executable mapping, as it was while addresses were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Address range of the executable segment.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Offset in the file of `start`.
    pub(crate) file_offset: u64,
    /// Load bias: address - bias = address in the ELF file.
    pub(crate) bias: u64,
    /// Path of the file, `[vdso]` for the kernel's.
    pub(crate) path: Box<str>,
    /// GNU build id, lower-case hex, empty if there is none.
    pub(crate) build_id: Box<str>,
}

impl Module {
    /// Where the file was when it was mapped, without the kernel's remark that it has been deleted since.
    pub(crate) fn file(&self) -> &str {
        program::without_remark(&self.path)
    }

    /// The last part of the path: `libc.so.6`.
    pub(crate) fn file_name(&self) -> &str {
        self.file().rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn is_vdso(&self) -> bool {
        &*self.path == "[vdso]"
    }

    /// Whether this is the program itself.
    pub(crate) fn is_executable(&self) -> bool {
        program::without_remark(program::path()) == self.file()
    }

    pub(crate) fn contains(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }

    /// The address as the ELF file states it.
    pub(crate) fn file_address(&self, address: u64) -> u64 {
        address.wrapping_sub(self.bias)
    }
}

/// Finds modules by address.
pub(crate) struct ModuleIndex<'modules> {
    modules: &'modules [Module],
    by_start: Vec<usize>,
}

impl<'modules> ModuleIndex<'modules> {
    pub(crate) fn new(modules: &'modules [Module]) -> Self {
        let mut by_start: Vec<usize> = (0..modules.len()).collect();
        by_start.sort_by_key(|&index| modules[index].start);
        ModuleIndex { modules, by_start }
    }

    /// The index of the module that holds `address`. Where a library took the place of an unloaded one, the later
    /// in the list has it.
    pub(crate) fn find(&self, address: u64) -> Option<usize> {
        let after = self.by_start.partition_point(|&index| self.modules[index].start <= address);
        // Ranges overlap only after an unload, so the first step nearly always ends the search.
        self.by_start[..after].iter().rev().copied().find(|&index| self.modules[index].contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(start: u64, end: u64, path: &str) -> Module {
        let (path, build_id) = (path.into(), "".into());
        Module { start, end, file_offset: 0, bias: start, path, build_id }
    }

    #[test]
    fn finds_the_module_of_an_address() {
        let modules = [module(0x3000, 0x4000, "b"), module(0x1000, 0x2000, "a")];
        let index = ModuleIndex::new(&modules);
        let found =
            [0xfff, 0x1000, 0x1fff, 0x2000, 0x3000, 0x3fff, 0x4000].map(|address| index.find(address));
        assert_eq!(found, [None, Some(1), Some(1), None, Some(0), Some(0), None]);
    }

    #[test]
    fn a_replaced_module_yields_to_the_later_one() {
        let modules = [module(0x1000, 0x9000, "old"), module(0x1000, 0x2000, "new")];
        let index = ModuleIndex::new(&modules);
        assert_eq!(index.find(0x1800), Some(1));
        assert_eq!(index.find(0x2800), Some(0));
    }

    #[test]
    fn a_deleted_file_keeps_its_path() {
        let deleted = module(0, 1, "/srv/bin/service (deleted)");
        assert_eq!(deleted.file(), "/srv/bin/service");
        assert_eq!(deleted.file_name(), "service");
    }
}
