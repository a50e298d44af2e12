//! Functions, inlined calls and lines from the debug information.

use std::borrow::Cow;
use std::io::Read;

use addr2line::{Context, Frame as DwarfFrame};
use gimli::{DwarfSections, EndianSlice, RunTimeEndian, SectionId};
use object::read::{CompressedData, CompressionFormat, Object, ObjectSection};

type Bytes<'data> = EndianSlice<'data, RunTimeEndian>;

/// The sections of one file that lie compressed in it, uncompressed.
#[derive(Default)]
pub(crate) struct UnpackedSections(Vec<(SectionId, Vec<u8>)>);

/// What is asked about addresses of one file.
pub(crate) struct Lines<'data> {
    context: Context<Bytes<'data>>,
    /// Of the debug sections, in bytes.
    pub(crate) size: usize,
}

/// A function of an address, by its name as the compiler wrote it.
pub(crate) struct Call<'lines> {
    pub(crate) function: Option<Cow<'lines, str>>,
    pub(crate) file: Option<&'lines str>,
    pub(crate) line: u32,
}

/// Why debug information cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DebugError {
    #[error("its debug information is compressed by another method than zlib")]
    Compression,
    #[error("its debug information does not decompress: {0}")]
    Decompress(#[from] std::io::Error),
    #[error("its debug sections cannot be read: {0}")]
    Section(#[from] object::Error),
    #[error("its debug information cannot be read: {0}")]
    Dwarf(#[from] gimli::Error),
}

/// Whether `file` has debug information at all.
pub(crate) fn has_debug_information(file: &object::File) -> bool {
    file.section_by_name(".debug_info").is_some_and(|section| section.size() > 0)
}

impl UnpackedSections {
    /// Unpacks what is compressed of `file`'s debug sections.
    pub(crate) fn new(file: &object::File) -> Result<Self, DebugError> {
        let mut unpacked = Vec::new();
        DwarfSections::load(|id| -> Result<(), DebugError> {
            let Some(section) = file.section_by_name(id.name()) else { return Ok(()) };
            unpacked.extend(decompress(&section.compressed_data()?)?.map(|bytes| (id, bytes)));
            Ok(())
        })?;
        Ok(UnpackedSections(unpacked))
    }

    fn get(&self, id: SectionId) -> Option<&[u8]> {
        self.0.iter().find(|(other, _)| *other == id).map(|(_, bytes)| bytes.as_slice())
    }
}

impl<'data> Lines<'data> {
    /// Finds out which of the file's units has which addresses: most of what a lookup costs.
    pub(crate) fn new(
        file: &object::File<'data>,
        unpacked: &'data UnpackedSections,
        endian: RunTimeEndian,
    ) -> Result<Self, DebugError> {
        let mut size = 0;
        let sections = DwarfSections::load(|id| -> Result<&'data [u8], DebugError> {
            let bytes = match (unpacked.get(id), file.section_by_name(id.name())) {
                (Some(bytes), _) => bytes,
                (None, Some(section)) => section.data()?,
                (None, None) => &[],
            };
            size += bytes.len();
            Ok(bytes)
        })?;
        let context = Context::from_dwarf(sections.borrow(|bytes| EndianSlice::new(bytes, endian)))?;
        Ok(Lines { context, size })
    }

    /// The calls that stand at `address`, innermost first; nothing if the debug information does not know it.
    pub(crate) fn calls<'lines>(&'lines self, address: u64) -> Vec<Call<'lines>>
    where
        'data: 'lines,
    {
        let mut calls = Vec::new();
        let Ok(mut frames) = self.context.find_frames(address).skip_all_loads() else { return calls };
        while let Ok(Some(frame)) = frames.next() {
            calls.push(call(frame));
        }
        calls
    }
}

fn call<'lines, 'data: 'lines>(frame: DwarfFrame<'lines, Bytes<'data>>) -> Call<'lines> {
    let name = frame.function.map(|function| function.name.to_string_lossy());
    let (file, line) = frame.location.map_or((None, None), |place| (place.file, place.line));
    Call { function: name, file, line: line.unwrap_or(0) }
}

fn decompress(data: &CompressedData<'_>) -> Result<Option<Vec<u8>>, DebugError> {
    match data.format {
        CompressionFormat::None => Ok(None),
        CompressionFormat::Zlib => {
            let mut bytes = Vec::new();
            flate2::read::ZlibDecoder::new(data.data).take(data.uncompressed_size).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
        _ => Err(DebugError::Compression),
    }
}
