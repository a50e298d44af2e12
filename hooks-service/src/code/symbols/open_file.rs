//! A file that is open for lookups, with what was parsed of it.

use gimli::RunTimeEndian;
use object::read::Object;
use self_cell::self_cell;

use super::dwarf::{DebugError, Lines, UnpackedSections, has_debug_information};
use super::functions::{FunctionStarts, SymbolTable};
use super::image::{Image, ImageError};
use crate::code::module::Module;

/// What names come from. `debug_image` is what was split from the file.
struct Images {
    image: Image,
    debug_image: Option<Image>,
    unpacked: UnpackedSections,
}

/// What was parsed of the images, in the order in which a resolver asks.
pub(crate) struct Sources<'images> {
    pub(crate) lines: Option<Lines<'images>>,
    pub(crate) table: SymbolTable<'images>,
    pub(crate) starts: Option<FunctionStarts<'images>>,
    /// Why there are no lines, although there is debug information.
    pub(crate) fault: Option<String>,
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
        OpenFile::of(module, Image::open(module)?, Image::open_debug(&module.build_id))
    }

    /// The symbol table of `debug_image` always serves; its debug information, which distributions compress, only for
    /// the program itself: to unpack that of the C library costs more than all the rest of a dump.
    pub(crate) fn of(module: &Module, image: Image, debug_image: Option<Image>) -> Result<Self, ImageError> {
        let malformed = |source| ImageError::Malformed { path: module.file().into(), source };
        let use_split = module.is_executable();
        let file = object::File::parse(&*image).map_err(malformed)?;
        let debug_file = debug_image.as_deref().and_then(|bytes| object::File::parse(bytes).ok());
        let (unpacked, fault) =
            match with_lines(&file, debug_file.as_ref(), use_split).map(UnpackedSections::new) {
                None => (None, None),
                Some(Ok(unpacked)) => (Some(unpacked), None),
                Some(Err(error)) => (None, Some(error.to_string())),
            };
        let has_lines = unpacked.is_some();
        let images = Images { image, debug_image, unpacked: unpacked.unwrap_or_default() };
        OpenFile::try_new(images, |images| {
            let sources = Sources::parse(images, use_split, has_lines).map_err(malformed)?;
            Ok(Sources { fault: fault.or(sources.fault), ..sources })
        })
    }

    pub(crate) fn look<Result>(&self, look: impl for<'images> FnOnce(&Sources<'images>) -> Result) -> Result {
        self.with_dependent(|_, sources| look(sources))
    }

    /// What it may take of memory between two lookups, roughly, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.look(|sources| sources.lines.as_ref().map_or(0, |lines| lines.size) + sources.table.size())
    }

    fn images(&self) -> impl Iterator<Item = &Image> {
        let Images { image, debug_image, .. } = self.borrow_owner();
        std::iter::once(image).chain(debug_image)
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
    fn parse(images: &'images Images, use_split: bool, has_lines: bool) -> Result<Self, object::Error> {
        let file = object::File::parse(&*images.image)?;
        let debug_file = images.debug_image.as_deref().and_then(|bytes| object::File::parse(bytes).ok());
        let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let source = with_lines(&file, debug_file.as_ref(), use_split).filter(|_| has_lines);
        let lines = source.map(|source| Lines::new(source, &images.unpacked, endian)).transpose();
        let (lines, fault) = match lines {
            Ok(lines) => (lines, None),
            Err(error) => (None, Some(DebugError::to_string(&error))),
        };
        let table = SymbolTable::new(debug_file.iter().chain([&file]));
        Ok(Sources { lines, table, starts: FunctionStarts::new(&file, endian), fault })
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
