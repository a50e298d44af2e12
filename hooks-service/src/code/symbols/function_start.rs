//! Where the function begins that holds an address, from the unwind tables that even stripped files keep.

use gimli::{
    BaseAddresses, EhFrame, EhFrameHdr, EndianSlice, ParsedEhFrameHdr, RunTimeEndian, UnwindSection,
};
use object::read::{Object, ObjectSection};

type Bytes<'data> = EndianSlice<'data, RunTimeEndian>;

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
