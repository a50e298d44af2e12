//! Walking a stack by call frame information (framehop), with nothing allocated on the way.

use super::machine::{Interrupted, sanitize};
use super::modules::{Bytes, Object, Objects};
use super::record::Record;
use super::stack::Reader;
use framehop::{
    CacheNative, ExplicitModuleSectionInfo, FrameAddress, MustNotAllocateDuringUnwind, Unwinder as _,
    UnwinderNative,
};

/// The unwinder's cache of rules by address, with the room that evaluating rules takes.
pub(super) type Cache = CacheNative<MustNotAllocateDuringUnwind>;

/// Unwinds any thread of this process. Immutable: when libraries come or go, a new one takes its place.
#[derive(Clone)]
pub(super) struct Unwinder {
    framehop: UnwinderNative<Bytes, MustNotAllocateDuringUnwind>,
    /// End of the highest code known.
    code_end: u64,
}

impl Unwinder {
    /// An unwinder that knows `objects`.
    pub(super) fn new(objects: &Objects) -> Self {
        let mut framehop = UnwinderNative::new();
        for object in objects.loaded.values() {
            framehop.add_module(module(object));
        }
        let code_end = framehop.max_known_code_address();
        Self { framehop, code_end }
    }

    /// End of the highest code known.
    pub(super) fn code_end(&self) -> u64 {
        self.code_end
    }

    /// Writes the stack of an interrupted thread into `record`: leaf first, as deep as there is room.
    /// Async-signal-safe.
    pub(super) fn walk(
        &self,
        interrupted: &Interrupted,
        cache: &mut Cache,
        reader: &mut Reader<'_>,
        record: &mut Record,
    ) {
        let mut registers = interrupted.registers;
        let mut address = FrameAddress::from_instruction_pointer(interrupted.pc);
        record.push_frame(interrupted.pc);
        let mut read = |address| reader.word(address);
        while let Ok(caller) = self.framehop.unwind_frame(address, &mut registers, cache, &mut read) {
            let return_address = caller.and_then(FrameAddress::from_return_address);
            let (Some(caller), Some(next)) = (caller, return_address) else {
                record.complete = true;
                return;
            };
            if !record.push_frame(caller) {
                record.truncated = true;
                return;
            }
            sanitize(&mut registers);
            address = next;
        }
    }
}

fn module(object: &Object) -> framehop::Module<Bytes> {
    let sections = object.unwind.clone();
    let (index, frames) = sections.unzip();
    let end = |section: &super::modules::Section| section.address + section.bytes.len() as u64;
    framehop::Module::new(
        String::new(),
        object.range.clone(),
        object.range.start,
        ExplicitModuleSectionInfo {
            base_svma: object.range.start.wrapping_sub(object.bias),
            eh_frame_hdr_svma: index.as_ref().map(|index| index.address..end(index)),
            eh_frame_hdr: index.map(|index| index.bytes),
            eh_frame_svma: frames.as_ref().map(|frames| frames.address..end(frames)),
            eh_frame: frames.map(|frames| frames.bytes),
            ..Default::default()
        },
    )
}
