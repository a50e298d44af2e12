//! The bytes of a module's ELF file, and the proof that it is the file that ran.

use std::fs::{File, Metadata};
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use memmap2::Mmap;
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use object::read::{Object, ObjectSegment};

use crate::code::module::Module;
use crate::code::program;
use crate::plain::Plain;

/// Where distributions and `debugedit` put debug information that was split from its binary.
const DEBUG_DIRECTORY: &str = "/usr/lib/debug";

/// Why a module's file gives no names.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImageError {
    #[error("no names for {path}: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("no names for {path}: {source}")]
    Malformed { path: String, source: object::Error },
    #[error("no names for {path}: the file was replaced (build id {running} ran, {found} is there now)")]
    Replaced { path: String, running: String, found: String },
    #[error("no names for {path}: the file was replaced (its segments lie elsewhere now)")]
    Moved { path: String },
    #[error("no names for the vdso: it is not where the kernel says")]
    NoVdso,
}

/// An ELF file in memory. Dropping it gives the memory back.
///
/// The file is mapped, not read: a file that somebody *truncates in place* within the milliseconds of a dump would
/// raise SIGBUS. Linkers, package managers and `cp` to a running program do not do that, they replace the file.
/// Between dumps nobody looks at it; [`Image::is_unchanged`] comes before the next look.
///
/// It keeps no descriptor: a program may close that, and open a file of its own in its place. The mapping keeps the file.
pub(crate) enum Image {
    Mapped { map: Mmap, path: PathBuf, state: State },
    Copied(Vec<u8>),
}

/// Which file it is, its size and the time of its last change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    inode: (u64, u64),
    length: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(file: &Metadata) -> Self {
        Self { inode: inode(file), length: file.len(), modified: file.modified().ok() }
    }
}

#[cfg(unix)]
fn inode(file: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

impl Deref for Image {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Image::Mapped { map, .. } => map,
            Image::Copied(bytes) => bytes,
        }
    }
}

impl Image {
    /// The file that `module` was loaded from.
    pub(crate) fn open(module: &Module) -> Result<Self, ImageError> {
        if module.is_vdso() {
            return copy_vdso(module);
        }
        let unreadable = |source| ImageError::Unreadable { path: shown(module), source };
        let image = map(&path(module)).map_err(unreadable)?;
        verify(module, &image)?;
        Ok(image)
    }

    /// Whether the file is as it was when it was mapped. One whose path leads elsewhere by now was replaced, not written to.
    pub(crate) fn is_unchanged(&self) -> bool {
        let Image::Mapped { path, state, .. } = self else { return true };
        let now = std::fs::metadata(path).map(|now| State::of(&now));
        now.map_or(true, |now| now.inode != state.inode || now == *state)
    }

    /// Whether this is what `module` was loaded from.
    pub(crate) fn is_of(&self, module: &Module) -> bool {
        module.is_vdso() || verify(module, self).is_ok()
    }

    /// Gives the memory back until the next look, which takes it from the kernel's cache of the file.
    pub(crate) fn rest(&self) {
        #[cfg(unix)]
        if let Image::Mapped { map, .. } = self {
            // SAFETY: the pages of a read-only mapping of a file come back with what the file holds.
            let rests = unsafe { map.unchecked_advise(UncheckedAdvice::DontNeed) };
            // Where the kernel refuses, the memory stays.
            drop(rests);
        }
    }

    /// A file that is no module's.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        map(path)
    }

    /// The debug information that was split from this, the file of `module`, where it is installed: by its build id, or under
    /// the name that the file states.
    pub(crate) fn open_debug(&self, module: &Module) -> Option<Self> {
        by_build_id(&module.build_id).or_else(|| self.by_link(module))
    }

    /// By `.gnu_debuglink`: in the same folder, in its `.debug`, or in that folder's place under `/usr/lib/debug`.
    fn by_link(&self, module: &Module) -> Option<Self> {
        let (name, sum) = object::File::parse(&**self).ok()?.gnu_debuglink().ok()??;
        let (name, folder) = (str::from_utf8(name).ok()?, Path::new(module.file()).parent()?);
        let installed = Path::new(DEBUG_DIRECTORY).join(folder.strip_prefix("/").unwrap_or(folder));
        let folders = [folder.to_owned(), folder.join(".debug"), installed];
        folders.iter().filter_map(|folder| map(&folder.join(name)).ok()).find(|image| {
            let found = object::File::parse(&**image).map(|file| build_id_of(&file)).unwrap_or_default();
            let same_id = !found.is_empty() && found == *module.build_id;
            same_id || (found.is_empty() && checksum(image) == sum)
        })
    }
}

fn by_build_id(build_id: &str) -> Option<Image> {
    let (first, rest) = build_id.split_at_checked(2)?;
    let path = format!("{DEBUG_DIRECTORY}/.build-id/{first}/{rest}.debug");
    let image = map(&PathBuf::from(path)).ok()?;
    let same = build_id_of(&object::File::parse(&*image).ok()?) == build_id;
    same.then_some(image)
}

/// As the link has it.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

/// Names what `module` holds for as long as its content is the same.
pub(crate) fn identity(module: &Module) -> Option<String> {
    if !module.build_id.is_empty() {
        return Some(module.build_id.to_string());
    }
    if module.is_vdso() {
        return Some(module.path.to_string());
    }
    let file = std::fs::metadata(path(module)).ok()?;
    let modified = file.modified().ok()?;
    Some(format!("{} {} {modified:?}", module.path, file.len()))
}

/// The program itself is reached through the kernel, which holds it even when the file is gone or replaced.
fn path(module: &Module) -> PathBuf {
    let kept = module.is_executable() && program::was_started_directly();
    if kept { "/proc/self/exe".into() } else { module.file().into() }
}

/// Its path, in a line that may be printed.
pub(super) fn shown(module: &Module) -> String {
    Plain(module.file(), &[]).to_string()
}

fn map(path: &Path) -> io::Result<Image> {
    let file = File::open(path)?;
    // SAFETY: the map is private and read-only; a program's file is not written while it runs (the kernel refuses
    // it, ETXTBSY) and libraries are replaced, not rewritten. What is left is said at `Image`.
    let map = unsafe { Mmap::map(&file)? };
    let state = State::of(&file.metadata()?);
    Ok(Image::Mapped { map, path: path.to_owned(), state })
}

fn verify(module: &Module, image: &Image) -> Result<(), ImageError> {
    let path = || shown(module);
    let file =
        object::File::parse(&**image).map_err(|source| ImageError::Malformed { path: path(), source })?;
    let found = build_id_of(&file);
    if module.build_id.is_empty() {
        return if same_layout(module, &file) { Ok(()) } else { Err(ImageError::Moved { path: path() }) };
    }
    if found == *module.build_id {
        return Ok(());
    }
    Err(ImageError::Replaced { path: path(), running: module.build_id.to_string(), found })
}

/// Without a build id this much can be checked: the mapping is one of the file's executable segments.
fn same_layout(module: &Module, file: &object::File) -> bool {
    let slide = module.file_address(module.start).wrapping_sub(module.file_offset);
    file.segments().filter(|segment| segment.permissions().executable()).any(|segment| {
        let (offset, size) = segment.file_range();
        // Only whole pages are mapped.
        let first = offset - offset % segment.align().max(1);
        (first..offset.saturating_add(size)).contains(&module.file_offset)
            && segment.address().wrapping_sub(offset) == slide
    })
}

fn build_id_of(file: &object::File) -> String {
    let bytes = file.build_id().ok().flatten().unwrap_or_default();
    hexadecimal(bytes)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[cfg(target_os = "linux")]
fn copy_vdso(module: &Module) -> Result<Image, ImageError> {
    // SAFETY: getauxval only reads the vector that the kernel left on the initial stack.
    let (header, page) =
        unsafe { (libc::getauxval(libc::AT_SYSINFO_EHDR), libc::sysconf(libc::_SC_PAGESIZE)) };
    let start = module.start.wrapping_sub(module.file_offset);
    let page = u64::try_from(page).unwrap_or(4096);
    if header == 0 || start & !(page - 1) != header || module.end <= header {
        return Err(ImageError::NoVdso);
    }
    let length = (module.end - header).next_multiple_of(page);
    let (Ok(address), Ok(length)) = (usize::try_from(header), usize::try_from(length)) else {
        return Err(ImageError::NoVdso);
    };
    // SAFETY: the kernel maps the vdso, whole pages from its ELF header to the end of its only segment, for the life
    // of the process and never writes to it.
    let bytes =
        unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(address), length) };
    Ok(Image::Copied(bytes.to_vec()))
}

#[cfg(not(target_os = "linux"))]
fn copy_vdso(_: &Module) -> Result<Image, ImageError> {
    Err(ImageError::NoVdso)
}
