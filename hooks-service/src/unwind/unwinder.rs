//! Walking a stack by call frame information (framehop), with nothing allocated on the way.

use super::machine::{Interrupted, sanitize};
use super::modules::{Bytes, Object, Objects};
use framehop::{
    CacheNative, ExplicitModuleSectionInfo, FrameAddress, MustNotAllocateDuringUnwind, Unwinder as _,
    UnwinderNative,
};

/// The unwinder's cache of rules by address, with the room that evaluating rules takes.
pub(crate) type Cache = CacheNative<MustNotAllocateDuringUnwind>;

/// Unwinds any thread of this process. Immutable: when libraries come or go, a new one takes its place.
#[derive(Clone)]
pub(crate) struct Unwinder {
    framehop: UnwinderNative<Bytes, MustNotAllocateDuringUnwind>,
    /// End of the highest code known.
    code_end: u64,
}

/// Where a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// At the root of the stack.
    Root,
    /// Where `push` took no more.
    NoRoom,
    /// Where the caller could not be found.
    Lost,
}

impl Unwinder {
    /// An unwinder that knows `objects`.
    pub(crate) fn new(objects: &Objects) -> Self {
        let mut framehop = UnwinderNative::new();
        for object in objects.loaded.values() {
            framehop.add_module(module(object));
        }
        let code_end = framehop.max_known_code_address();
        Self { framehop, code_end }
    }

    /// End of the highest code known.
    pub(crate) fn code_end(&self) -> u64 {
        self.code_end
    }

    /// Gives the stack of an interrupted thread to `push`, leaf first, until it takes no more. `read` reads a word of the
    /// stack. Async-signal-safe if both are.
    pub(crate) fn walk(
        &self,
        interrupted: &Interrupted,
        cache: &mut Cache,
        mut read: impl FnMut(u64) -> Result<u64, ()>,
        mut push: impl FnMut(u64) -> bool,
    ) -> End {
        let mut registers = interrupted.registers;
        let mut address = FrameAddress::from_instruction_pointer(interrupted.pc);
        push(interrupted.pc);
        loop {
            match self.framehop.unwind_frame(address, &mut registers, cache, &mut read) {
                Ok(Some(caller)) => {
                    let Some(next) = FrameAddress::from_return_address(caller) else { return End::Root };
                    if !push(caller) {
                        return End::NoRoom;
                    }
                    sanitize(&mut registers);
                    address = next;
                }
                Ok(None) => return End::Root,
                Err(_) => return End::Lost,
            }
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
