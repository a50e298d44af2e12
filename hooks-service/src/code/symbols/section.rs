//! Sections of debug information, unpacked where they lie compressed in their file.

use std::io::Read;

use gimli::{EndianSlice, RunTimeEndian};
use object::read::{CompressedData, CompressionFormat, Object, ObjectSection};

use super::image::Image;
use super::kept::Kept;

pub(crate) type Bytes<'data> = EndianSlice<'data, RunTimeEndian>;

/// Why debug information cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DebugError {
    #[error("its debug information is compressed by another method than zlib and zstd")]
    Compression,
    #[error("its debug information does not decompress: {0}")]
    Decompress(#[from] std::io::Error),
    #[error("its debug sections cannot be read: {0}")]
    Section(#[from] object::Error),
    #[error("its debug information cannot be read: {0}")]
    Dwarf(#[from] gimli::Error),
}

/// The bytes of a section, empty if there is none. What is unpacked is `kept`.
pub(super) fn section<'data>(
    file: &object::File<'data>,
    name: &str,
    kept: &'data Kept<Image>,
) -> Result<&'data [u8], DebugError> {
    let Some(section) = file.section_by_name(name) else { return Ok(&[]) };
    let data = section.compressed_data()?;
    Ok(decompress(&data)?.map_or(data.data, |bytes| &**kept.keep(Image::Copied(bytes))))
}

fn decompress(data: &CompressedData<'_>) -> Result<Option<Vec<u8>>, DebugError> {
    let mut bytes = Vec::new();
    match data.format {
        CompressionFormat::None => return Ok(None),
        CompressionFormat::Zlib => {
            flate2::read::ZlibDecoder::new(data.data).take(data.uncompressed_size).read_to_end(&mut bytes)?;
        }
        CompressionFormat::Zstandard => {
            let decoder =
                ruzstd::decoding::StreamingDecoder::new(data.data).map_err(std::io::Error::other)?;
            decoder.take(data.uncompressed_size).read_to_end(&mut bytes)?;
        }
        _ => return Err(DebugError::Compression),
    }
    Ok(Some(bytes))
}
