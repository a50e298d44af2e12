//! Functions, inlined calls and lines from the debug information.

use std::borrow::Cow;
use std::io::Read;

use addr2line::{Context, Frame as DwarfFrame};
use gimli::{DwarfSections, EndianSlice, RunTimeEndian, SectionId};
use object::read::{CompressedData, CompressionFormat, Object, ObjectSection};

type Bytes<'data> = EndianSlice<'data, RunTimeEndian>;

/// The debug sections of one file, uncompressed.
pub(crate) struct DebugSections<'data>(DwarfSections<Cow<'data, [u8]>>);

/// What is asked about addresses, while [`DebugSections`] live.
pub(crate) struct Lines<'sections>(Context<Bytes<'sections>>);

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

impl<'data> DebugSections<'data> {
    pub(crate) fn load(file: &object::File<'data>) -> Result<Self, DebugError> {
        Ok(DebugSections(DwarfSections::load(|id| section(file, id))?))
    }

    pub(crate) fn lines(&self, endian: RunTimeEndian) -> Result<Lines<'_>, DebugError> {
        Ok(Lines(Context::from_dwarf(self.0.borrow(|bytes| EndianSlice::new(bytes, endian)))?))
    }
}

impl<'sections> Lines<'sections> {
    /// The calls that stand at `address`, innermost first; nothing if the debug information does not know it.
    pub(crate) fn calls<'lines>(&'lines self, address: u64) -> Vec<Call<'lines>>
    where
        'sections: 'lines,
    {
        let mut calls = Vec::new();
        let Ok(mut frames) = self.0.find_frames(address).skip_all_loads() else { return calls };
        while let Ok(Some(frame)) = frames.next() {
            calls.push(call(frame));
        }
        calls
    }
}

fn call<'lines, 'sections: 'lines>(frame: DwarfFrame<'lines, Bytes<'sections>>) -> Call<'lines> {
    let name = frame.function.map(|function| function.name.to_string_lossy());
    let (file, line) = frame.location.map_or((None, None), |place| (place.file, place.line));
    Call { function: name, file, line: line.unwrap_or(0) }
}

fn section<'data>(file: &object::File<'data>, id: SectionId) -> Result<Cow<'data, [u8]>, DebugError> {
    match file.section_by_name(id.name()) {
        Some(section) => decompress(section.compressed_data()?),
        None => Ok(Cow::Borrowed(&[])),
    }
}

fn decompress(data: CompressedData<'_>) -> Result<Cow<'_, [u8]>, DebugError> {
    match data.format {
        CompressionFormat::None => Ok(Cow::Borrowed(data.data)),
        CompressionFormat::Zlib => {
            let mut bytes = Vec::new();
            flate2::read::ZlibDecoder::new(data.data).take(data.uncompressed_size).read_to_end(&mut bytes)?;
            Ok(Cow::Owned(bytes))
        }
        _ => Err(DebugError::Compression),
    }
}
