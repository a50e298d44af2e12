//! Functions, inlined calls and lines from the debug information.

use std::borrow::Cow;
use std::path::PathBuf;

use addr2line::{Context, Frame as DwarfFrame, LookupContinuation, LookupResult};
use gimli::{DwarfSections, EndianSlice, RunTimeEndian};
use object::read::{Object, ObjectSection};

use super::image::Image;
use super::kept::Kept;
use super::section::{Bytes, DebugError, section};
use super::split::Split;

/// What is asked about addresses of one file.
pub(crate) struct Lines<'data> {
    context: Context<Bytes<'data>>,
    split: Split<'data>,
    /// Of the debug sections, in bytes.
    pub(crate) size: usize,
}

/// A function of an address, by its name as the compiler wrote it.
pub(crate) struct Call<'lines> {
    pub(crate) function: Option<Cow<'lines, str>>,
    pub(crate) file: Option<&'lines str>,
    pub(crate) line: u32,
}

/// Whether `file` has debug information at all.
pub(crate) fn has_debug_information(file: &object::File) -> bool {
    file.section_by_name(".debug_info").is_some_and(|section| section.size() > 0)
}

impl<'data> Lines<'data> {
    /// Finds out which of the file's units has which addresses: most of what a lookup costs. What is compressed of its
    /// sections is unpacked and `kept`; what is in other files is found from its `path`.
    pub(crate) fn new(
        file: &object::File<'data>,
        path: &str,
        kept: &'data Kept<Image>,
        endian: RunTimeEndian,
    ) -> Result<Self, DebugError> {
        let mut size = 0;
        let sections = DwarfSections::load(|id| -> Result<&'data [u8], DebugError> {
            let bytes = section(file, id.name(), kept)?;
            size += bytes.len();
            Ok(bytes)
        })?;
        let context = Context::from_dwarf(sections.borrow(|bytes| EndianSlice::new(bytes, endian)))?;
        Ok(Lines { context, split: Split::new(path, kept, endian), size })
    }

    /// A file with debug information that was looked for in vain.
    pub(crate) fn missing(&self) -> Option<PathBuf> {
        self.split.missing()
    }

    /// The calls that stand at `address`, innermost first; nothing if the debug information does not know it, or is in a file
    /// that is not there: half of it, the line of an inlined call and the name of who it was put into, would mislead.
    pub(crate) fn calls<'lines>(&'lines self, address: u64) -> Vec<Call<'lines>>
    where
        'data: 'lines,
    {
        let mut calls = Vec::new();
        let mut lookup = self.context.find_frames(address);
        let frames = loop {
            match lookup {
                LookupResult::Output(frames) => break frames,
                LookupResult::Load { load, continuation } => match self.split.unit(&load) {
                    Some(unit) => lookup = continuation.resume(Some(unit)),
                    None => return calls,
                },
            }
        };
        let Ok(mut frames) = frames else { return calls };
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
