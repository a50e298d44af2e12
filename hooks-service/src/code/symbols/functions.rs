//! The functions of a file without debug information: names in the ELF symbol tables, starts in the unwind tables that even
//! stripped files keep.

use gimli::{
    BaseAddresses, EhFrame, EhFrameHdr, EndianSlice, ParsedEhFrameHdr, RunTimeEndian, UnwindSection,
};
use object::read::{Object, ObjectSection, ObjectSymbol, SymbolKind};

type Bytes<'data> = EndianSlice<'data, RunTimeEndian>;

/// Functions, sorted by address.
pub(crate) struct SymbolTable<'data> {
    functions: Vec<Function<'data>>,
}

struct Function<'data> {
    start: u64,
    size: u64,
    name: &'data str,
}

impl<'data> SymbolTable<'data> {
    /// The functions of `files`: of each its full table, or what a stripped file still exports.
    pub(crate) fn new<'file>(files: impl IntoIterator<Item = &'file object::File<'data>>) -> Self
    where
        'data: 'file,
    {
        let mut functions = Vec::new();
        for file in files {
            let before = functions.len();
            functions.extend(file.symbols().filter_map(|symbol| function(&symbol)));
            if functions.len() == before {
                functions.extend(file.dynamic_symbols().filter_map(|symbol| function(&symbol)));
            }
        }
        SymbolTable::sorted(functions)
    }

    fn sorted(mut functions: Vec<Function<'data>>) -> Self {
        // Of several names for one place the reader knows `malloc`, not `__libc_malloc`.
        // They are few: most of the many comparisons end at the place.
        let by_name = |function: &Function<'data>| (underscores(function.name), function.name);
        functions.sort_by(|a, b| a.start.cmp(&b.start).then_with(|| by_name(a).cmp(&by_name(b))));
        functions.dedup_by_key(|function| function.start);
        SymbolTable { functions }
    }

    /// Of the table, in bytes.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.functions)
    }

    /// The name of the function that holds `address`, as the table spells it.
    ///
    /// Sizes are respected: an internal function of a stripped library has no name rather than its neighbour's.
    pub(crate) fn name(&self, address: u64) -> Option<&'data str> {
        let after = self.functions.partition_point(|function| function.start <= address);
        let function = &self.functions[after.checked_sub(1)?];
        // Hand-written assembly often states no size; such a function reaches to the next one.
        let open_ended = function.size == 0 && after < self.functions.len();
        (open_ended || address - function.start < function.size).then_some(function.name)
    }
}

fn function<'data>(symbol: &object::Symbol<'data, '_>) -> Option<Function<'data>> {
    let defined = symbol.kind() == SymbolKind::Text && symbol.is_definition();
    let name = symbol.name().ok().filter(|name| defined && !name.is_empty())?;
    Some(Function { start: symbol.address(), size: symbol.size(), name })
}

fn underscores(name: &str) -> usize {
    name.bytes().take_while(|&byte| byte == b'_').count()
}

/// The sorted table of functions in `.eh_frame_hdr`.
pub(crate) struct FunctionStarts<'data> {
    header: ParsedEhFrameHdr<Bytes<'data>>,
    frames: EhFrame<Bytes<'data>>,
    bases: BaseAddresses,
}

impl<'data> FunctionStarts<'data> {
    pub(crate) fn new(file: &object::File<'data>, endian: RunTimeEndian) -> Option<Self> {
        let header = file.section_by_name(".eh_frame_hdr")?;
        let frames = file.section_by_name(".eh_frame")?;
        let bases =
            BaseAddresses::default().set_eh_frame_hdr(header.address()).set_eh_frame(frames.address());
        let address_size = if file.is_64() { 8 } else { 4 };
        let header = EhFrameHdr::new(header.data().ok()?, endian).parse(&bases, address_size).ok()?;
        Some(FunctionStarts { header, frames: EhFrame::new(frames.data().ok()?, endian), bases })
    }

    /// The first address of the function that holds `address`.
    pub(crate) fn find(&self, address: u64) -> Option<u64> {
        let table = self.header.table()?;
        let entry =
            table.fde_for_address(&self.frames, &self.bases, address, EhFrame::cie_from_offset).ok()?;
        Some(entry.initial_address())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_symbol_covers_has_its_name() {
        let function = |start, size, name| Function { start, size, name };
        let table = SymbolTable::sorted(vec![
            function(0x200, 0, "assembly"),
            function(0x100, 0x10, "__libc_malloc"),
            function(0x100, 0x10, "malloc"),
            function(0x300, 0, "last"),
        ]);
        let names =
            [0xff, 0x100, 0x10f, 0x110, 0x1ff, 0x200, 0x2ff, 0x300].map(|address| table.name(address));
        let (malloc, assembly) = (Some("malloc"), Some("assembly"));
        assert_eq!(names, [None, malloc, malloc, None, None, assembly, assembly, None]);
    }
}
