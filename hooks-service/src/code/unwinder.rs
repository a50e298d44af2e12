//! SIGNAL HANDLER, as far as [`Unwinder::step`] and [`Unwinder::code_end`].
//!
//! How the code that is loaded is unwound: call frame information, one step at a time (framehop).

use super::objects::{Bytes, Object, Objects, Section};
use framehop::{
    CacheNative, Error, ExplicitModuleSectionInfo, FrameAddress, MustNotAllocateDuringUnwind,
    UnwindRegsNative, Unwinder as _, UnwinderNative,
};

/// The unwinder's caches of rules by address, with the room that evaluating rules takes.
///
/// Each has 509 slots, and an address one of them: of 20 callers, two met in one slot in every third program, and then each walk
/// evaluated the rules of both, which costs twice the rest of it. So there are several, by what the slot leaves of an address.
#[derive(Default)]
pub(crate) struct Cache([CacheNative<MustNotAllocateDuringUnwind>; 4]);

/// As many as framehop has.
const SLOTS: u64 = 509;

impl Cache {
    fn of(&mut self, address: FrameAddress) -> &mut CacheNative<MustNotAllocateDuringUnwind> {
        let [first, second, third, fourth] = &mut self.0;
        match address.address_for_lookup() / SLOTS % 4 {
            0 => first,
            1 => second,
            2 => third,
            _ => fourth,
        }
    }
}

/// Unwinds any thread of this process. Immutable: when libraries come or go, a new one takes its place.
#[derive(Clone)]
pub(crate) struct Unwinder {
    framehop: UnwinderNative<Bytes, MustNotAllocateDuringUnwind>,
    /// End of the highest code known.
    code_end: u64,
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

    /// Makes `registers` those of the caller, and returns the return address; `None` at the root of the stack. `read` reads
    /// a word of the stack. Allocates nothing, and is async-signal-safe if `read` is.
    pub(crate) fn step(
        &self,
        address: FrameAddress,
        registers: &mut UnwindRegsNative,
        cache: &mut Cache,
        read: &mut impl FnMut(u64) -> Result<u64, ()>,
    ) -> Result<Option<u64>, Error> {
        self.framehop.unwind_frame(address, registers, cache.of(address), read)
    }
}

fn module(object: &Object) -> framehop::Module<Bytes> {
    let sections = object.unwind.clone();
    let (index, frames) = sections.unzip();
    let end = |section: &Section| section.address + section.bytes.len() as u64;
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
