//! A file that is open for lookups, with what was parsed of it.

use gimli::RunTimeEndian;
use object::read::Object;
use self_cell::self_cell;

use super::dwarf::{Lines, has_debug_information};
use super::functions::{FunctionStarts, SymbolTable};
use super::image::{Image, ImageError, shown};
use super::kept::Kept;
use super::section::DebugError;
use crate::code::module::Module;
use crate::plain::Plain;

/// What names come from. `debug_image` is what was split from the file.
struct Images {
    image: Image,
    debug_image: Option<Image>,
    /// What was unpacked of them, and files that their debug information refers to.
    kept: Kept<Image>,
}

/// What was parsed of the images, in the order in which a resolver asks.
pub(crate) struct Sources<'images> {
    pub(crate) lines: Option<Lines<'images>>,
    pub(crate) table: SymbolTable<'images>,
    pub(crate) starts: Option<FunctionStarts<'images>>,
    /// Why its debug information cannot be used.
    fault: Option<String>,
}

self_cell! {
    /// The images and their [`Sources`], which borrow from them.
    pub(crate) struct OpenFile {
        owner: Images,
        #[not_covariant]
        dependent: Sources,
    }
}

impl OpenFile {
    /// Opens the file of `module`, and what was split from it.
    pub(crate) fn open(module: &Module) -> Result<Self, ImageError> {
        let image = Image::open(module)?;
        let debug_image = image.open_debug(module);
        OpenFile::of(module, image, debug_image)
    }

    /// The symbol table of `debug_image` always serves; its debug information, which distributions compress, only for
    /// the program itself: to unpack that of the C library costs more than all the rest of a dump.
    pub(crate) fn of(module: &Module, image: Image, debug_image: Option<Image>) -> Result<Self, ImageError> {
        let malformed = |source| ImageError::Malformed { path: shown(module), source };
        let images = Images { image, debug_image, kept: Kept::default() };
        OpenFile::try_new(images, |images| Sources::parse(images, module).map_err(malformed))
    }

    pub(crate) fn look<Result>(&self, look: impl for<'images> FnOnce(&Sources<'images>) -> Result) -> Result {
        self.with_dependent(|_, sources| look(sources))
    }

    /// What it may take of memory between two lookups, roughly, in bytes.
    pub(crate) fn size(&self) -> usize {
        let others: usize = self.borrow_owner().kept.iter().map(|image| image.len()).sum();
        let parsed = |sources: &Sources<'_>| {
            sources.lines.as_ref().map_or(0, |lines| lines.size) + sources.table.size()
        };
        self.look(parsed) + others
    }

    fn images(&self) -> impl Iterator<Item = &Image> {
        let Images { image, debug_image, kept } = self.borrow_owner();
        std::iter::once(image).chain(debug_image).chain(kept.iter())
    }

    /// Whether what was parsed holds, and of `module`.
    pub(crate) fn serves(&self, module: &Module) -> bool {
        self.images().all(Image::is_unchanged) && self.borrow_owner().image.is_of(module)
    }

    /// See [`Image::rest`].
    pub(crate) fn rest(&self) {
        self.images().for_each(Image::rest);
    }
}

impl<'images> Sources<'images> {
    fn parse(images: &'images Images, module: &Module) -> Result<Self, object::Error> {
        let file = object::File::parse(&*images.image)?;
        let debug_file = images.debug_image.as_deref().and_then(|bytes| object::File::parse(bytes).ok());
        let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let source = with_lines(&file, debug_file.as_ref(), module.is_executable());
        let lines = source.map(|source| Lines::new(source, module.file(), &images.kept, endian)).transpose();
        let (lines, fault) = match lines {
            Ok(lines) => (lines, None),
            Err(error) => (None, Some(DebugError::to_string(&error))),
        };
        let table = SymbolTable::new(debug_file.iter().chain([&file]));
        Ok(Sources { lines, table, starts: FunctionStarts::new(&file, endian), fault })
    }

    /// Why there are no lines of all or some addresses that were looked up, although there is debug information.
    pub(crate) fn fault(&self) -> Option<String> {
        let missing = || self.lines.as_ref()?.missing();
        let without = |path: std::path::PathBuf| {
            let path = path.to_string_lossy();
            let path = Plain(&path, &[]);
            format!("its debug information is in files of its own, which are not there: {path}")
        };
        self.fault.clone().or_else(|| missing().map(without))
    }
}

/// The one of the two that has debug information to use.
fn with_lines<'file, 'data>(
    file: &'file object::File<'data>,
    split: Option<&'file object::File<'data>>,
    use_split: bool,
) -> Option<&'file object::File<'data>> {
    let split = split.filter(|_| use_split);
    [Some(file), split].into_iter().flatten().find(|file| has_debug_information(file))
}
