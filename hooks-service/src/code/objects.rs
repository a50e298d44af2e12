//! The program and its libraries as the dynamic linker has them: where their code is and how to unwind it.

use super::module::Module;
use super::program;
use crate::process::{page_size, to_usize};
use std::collections::BTreeMap;
use std::ffi::{CStr, c_int, c_void};
use std::ops::{Deref, Range};
use std::sync::Arc;

#[cfg(target_pointer_width = "64")]
type ProgramHeader = libc::Elf64_Phdr;

/// Unwind information of a module.
#[derive(Clone)]
pub(crate) enum Bytes {
    /// Of the main program and the kernel's vdso, which are never unmapped: used where it lies.
    Mapped(&'static [u8]),
    /// Of a library: a copy, since `dlclose` may unmap the original while a handler unwinds.
    Copied(Arc<[u8]>),
}

impl Default for Bytes {
    fn default() -> Self {
        Self::Mapped(&[])
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }
}

/// A section with its address as the file states it.
#[derive(Clone)]
pub(crate) struct Section {
    pub(crate) address: u64,
    pub(crate) bytes: Bytes,
}

/// A program, a library or the vdso.
#[derive(Clone)]
pub(crate) struct Object {
    /// Its place in memory.
    pub(crate) range: Range<u64>,
    /// Address in memory minus address in the file.
    pub(crate) bias: u64,
    /// `.eh_frame_hdr` and `.eh_frame`, where there are any.
    pub(crate) unwind: Option<(Section, Section)>,
    /// Its executable segments.
    pub(crate) code: Vec<Module>,
}

/// How often the dynamic linker has added and removed objects: equal changes, equal objects.
pub(crate) type Changes = (u64, u64);

/// All objects by start address.
pub(crate) struct Objects {
    pub(crate) changes: Changes,
    pub(crate) loaded: BTreeMap<u64, Object>,
}

/// How often objects came and went so far: cheap, looks at one object.
pub(crate) fn changes() -> Changes {
    let mut changes = (0, 0);
    each_object(|info| {
        changes = (info.dlpi_adds, info.dlpi_subs);
        false
    });
    changes
}

/// The objects that are loaded now. Those in `known` are taken over, not read again.
pub(crate) fn load(known: &BTreeMap<u64, Object>) -> Objects {
    let mut objects = Objects { changes: (0, 0), loaded: BTreeMap::new() };
    let mut first = true;
    each_object(|info| {
        objects.changes = (info.dlpi_adds, info.dlpi_subs);
        if let Some(object) = object(info, first, known) {
            objects.loaded.insert(object.range.start, object);
        }
        first = false;
        true
    });
    objects
}

/// Calls `visit` for each object, the main program first, until it returns `false`. The dynamic linker's lock is held:
/// no object is unmapped meanwhile.
fn each_object(mut visit: impl FnMut(&libc::dl_phdr_info) -> bool) {
    unsafe extern "C" fn callback<F: FnMut(&libc::dl_phdr_info) -> bool>(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        visit: *mut c_void,
    ) -> c_int {
        // SAFETY: the dynamic linker passes a valid record, and `visit` is the closure of `each_object`, which waits.
        let (info, visit) = unsafe { (&*info, &mut *visit.cast::<F>()) };
        c_int::from(!visit(info))
    }
    fn run<F: FnMut(&libc::dl_phdr_info) -> bool>(visit: &mut F) {
        // SAFETY: `callback::<F>` expects the address of an F and gets it.
        unsafe { libc::dl_iterate_phdr(Some(callback::<F>), std::ptr::from_mut(visit).cast()) };
    }
    run(&mut visit);
}

fn headers(info: &libc::dl_phdr_info) -> &[ProgramHeader] {
    if info.dlpi_phdr.is_null() {
        return &[];
    }
    // SAFETY: the dynamic linker states address and number of the program headers.
    unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) }
}

/// The range of memory that an object's segments span.
fn image(info: &libc::dl_phdr_info) -> Option<Range<u64>> {
    let loads = || headers(info).iter().filter(|header| header.p_type == libc::PT_LOAD);
    let start = loads().map(|header| header.p_vaddr).min()?;
    let end = loads().map(|header| header.p_vaddr.saturating_add(header.p_memsz)).max()?;
    let page = page_size() as u64;
    Some(info.dlpi_addr.wrapping_add(start & !(page - 1))..info.dlpi_addr.wrapping_add(end))
}

fn object(info: &libc::dl_phdr_info, main: bool, known: &BTreeMap<u64, Object>) -> Option<Object> {
    let range = image(info)?;
    let path = path(info, main);
    if let Some(object) = known.get(&range.start) {
        let same = object.range == range && object.code.first().is_none_or(|code| *code.path == *path);
        if same && build_id(info) == object.code.first().map_or("".into(), |code| code.build_id.clone()) {
            return Some(object.clone());
        }
    }
    let stays = main || &*path == "[vdso]";
    Some(Object {
        bias: info.dlpi_addr,
        unwind: unwind_sections(info, stays),
        code: code(info, &path),
        range,
    })
}

fn path(info: &libc::dl_phdr_info, main: bool) -> Box<str> {
    if main {
        return program::path().into();
    }
    if info.dlpi_name.is_null() {
        return "".into();
    }
    // SAFETY: the dynamic linker's names end with a zero byte and live as long as the object.
    let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy();
    if name.is_empty() || name.starts_with("linux-vdso") || name.starts_with("linux-gate") {
        return "[vdso]".into();
    }
    if name.starts_with('/') {
        return name.into();
    }
    // As it was given to the dynamic linker, by the working directory of then.
    let mapped = image(info).and_then(|range| program::mapped_at(range.start));
    mapped.map_or_else(|| name.into(), String::into_boxed_str)
}

fn code(info: &libc::dl_phdr_info, path: &str) -> Vec<Module> {
    let build_id = build_id(info);
    let page = page_size() as u64;
    let executable =
        |header: &&ProgramHeader| header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0;
    let module = |header: &ProgramHeader| Module {
        start: info.dlpi_addr.wrapping_add(header.p_vaddr & !(page - 1)),
        end: info.dlpi_addr.wrapping_add(header.p_vaddr + header.p_memsz),
        file_offset: header.p_offset & !(page - 1),
        bias: info.dlpi_addr,
        path: path.into(),
        build_id: build_id.clone(),
    };
    headers(info).iter().filter(executable).map(module).collect()
}

/// Bytes of the object from file address `address` on, at most to the end of the segment that holds it.
fn segment_bytes(info: &libc::dl_phdr_info, address: u64) -> Option<&'static [u8]> {
    let holds = |header: &&ProgramHeader| {
        header.p_type == libc::PT_LOAD
            && header.p_flags & libc::PF_R != 0
            && (header.p_vaddr..header.p_vaddr.saturating_add(header.p_filesz)).contains(&address)
    };
    let segment = headers(info).iter().find(holds)?;
    let length = segment.p_vaddr + segment.p_filesz - address;
    let start = to_usize(info.dlpi_addr.wrapping_add(address));
    // SAFETY: the range is inside of a readable segment, mapped as long as the object is; callers copy what may be
    // unmapped.
    Some(unsafe {
        std::slice::from_raw_parts(std::ptr::with_exposed_provenance(start), usize::try_from(length).ok()?)
    })
}

fn build_id(info: &libc::dl_phdr_info) -> Box<str> {
    use std::fmt::Write;
    let notes = headers(info).iter().filter(|header| header.p_type == libc::PT_NOTE);
    let id = notes.filter_map(|header| {
        let bytes = segment_bytes(info, header.p_vaddr)?;
        gnu_build_id(bytes.get(..usize::try_from(header.p_filesz).ok()?)?)
    });
    let mut text = String::new();
    for byte in id.into_iter().next().unwrap_or_default() {
        let _ = write!(text, "{byte:02x}");
    }
    text.into()
}

/// Finds the build id among ELF notes: name size, description size, type, name and description padded to four.
fn gnu_build_id(mut notes: &[u8]) -> Option<&[u8]> {
    const BUILD_ID: u32 = 3;
    loop {
        let word = |index: usize| -> Option<u32> {
            Some(u32::from_le_bytes(notes.get(index * 4..index * 4 + 4)?.try_into().ok()?))
        };
        let (name, description, kind) = (word(0)? as usize, word(1)? as usize, word(2)?);
        let start = 12 + name.next_multiple_of(4);
        if kind == BUILD_ID && notes.get(12..12 + name)? == b"GNU\0" {
            return notes.get(start..start + description);
        }
        notes = notes.get(start + description.next_multiple_of(4)..)?;
    }
}

fn unwind_sections(info: &libc::dl_phdr_info, stays: bool) -> Option<(Section, Section)> {
    let header = headers(info).iter().find(|header| header.p_type == libc::PT_GNU_EH_FRAME)?;
    let index = segment_bytes(info, header.p_vaddr)?.get(..usize::try_from(header.p_memsz).ok()?)?;
    let address = eh_frame_address(index, header.p_vaddr)?;
    let frames = segment_bytes(info, address)?;
    let frames = &frames[..eh_frame_length(frames)];
    let keep = |bytes: &'static [u8]| if stays { Bytes::Mapped(bytes) } else { Bytes::Copied(bytes.into()) };
    Some((Section { address: header.p_vaddr, bytes: keep(index) }, Section { address, bytes: keep(frames) }))
}

/// Where `.eh_frame_hdr` says that `.eh_frame` is.
fn eh_frame_address(index: &[u8], address: u64) -> Option<u64> {
    let bases = gimli::BaseAddresses::default().set_eh_frame_hdr(address);
    let header = gimli::EhFrameHdr::new(index, gimli::NativeEndian).parse(&bases, 8).ok()?;
    match header.eh_frame_ptr() {
        gimli::Pointer::Direct(address) => Some(address),
        gimli::Pointer::Indirect(_) => None,
    }
}

/// Length of the entries in `bytes` up to and with the terminator: the program headers do not tell.
fn eh_frame_length(bytes: &[u8]) -> usize {
    let mut end = 0_usize;
    while let Some(word) = bytes.get(end..end + 4) {
        let length = u32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
        let entry = match length {
            0 => return end + 4,
            // An extended length; no such section is known to exist, and the index still bounds what is read.
            u32::MAX => return bytes.len(),
            length => length as usize + 4,
        };
        end += entry;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_libc_and_the_vdso_have_code_build_ids_and_unwind_information() {
        let objects = load(&BTreeMap::new());
        let here =
            (this_program_libc_and_the_vdso_have_code_build_ids_and_unwind_information as fn()) as usize;
        for address in std::iter::once(here as u64).chain(vdso()) {
            let object = objects.loaded.values().find(|object| object.range.contains(&address)).unwrap();
            let code = object.code.iter().find(|code| (code.start..code.end).contains(&address));
            assert!(code.is_some_and(|code| code.build_id.len() >= 16 && !code.path.is_empty()), "{code:?}");
            let (index, frames) = object.unwind.as_ref().unwrap();
            assert!(index.bytes.len() > 12 && frames.bytes.ends_with(&[0; 4]));
        }
        let again = load(&objects.loaded);
        assert_eq!(again.changes, changes());
        assert_eq!(again.loaded.len(), objects.loaded.len());
    }

    /// An address in the vdso's code, if the kernel (or the emulator) gives us one.
    fn vdso() -> Option<u64> {
        // SAFETY: reads the auxiliary vector.
        let base = unsafe { libc::getauxval(libc::AT_SYSINFO_EHDR) };
        let objects = load(&BTreeMap::new());
        let vdso = objects.loaded.values().find(|object| object.range.contains(&base));
        assert!(vdso.is_some() || base == 0);
        assert_eq!(&*vdso?.code[0].path, "[vdso]");
        Some(vdso?.code[0].end - 1)
    }
}
