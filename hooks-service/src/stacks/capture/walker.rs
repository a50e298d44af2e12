//! Walking copies of stacks.

use super::slot::Answered;
use crate::capture::{End, Interrupted, walk};
use crate::code::Module;
use crate::code::objects::{self, Objects};
use crate::code::{Cache, Unwinder};
use crate::stacks::Answer;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most frames of a stack that are kept.
const MOST_FRAMES: usize = 256;

/// The loaded code, and what unwinds it.
pub(super) struct Walker {
    objects: Objects,
    unwinder: Unwinder,
    cache: Cache,
    frames: Vec<u64>,
}

impl Walker {
    pub(super) fn new() -> Self {
        let objects = objects::load(&BTreeMap::new());
        let unwinder = Unwinder::new(&objects);
        Self { objects, unwinder, cache: Cache::default(), frames: Vec::with_capacity(MOST_FRAMES) }
    }

    /// Takes note of libraries that came and went. `false`: none has.
    pub(super) fn follow_libraries(&mut self) -> bool {
        if objects::changes() == self.objects.changes {
            return false;
        }
        self.objects = objects::load(&self.objects.loaded);
        self.unwinder = Unwinder::new(&self.objects);
        self.cache = Cache::default();
        true
    }

    /// The code that is loaded, for names.
    pub(super) fn modules(&self) -> Vec<Module> {
        self.objects.loaded.values().flat_map(|object| object.code.clone()).collect()
    }

    /// The stack that a thread left, innermost first.
    pub(super) fn walk(&mut self, answered: &Answered) -> (Answer, Arc<[u64]>) {
        let mut end = self.walk_once(answered);
        if end == End::Lost && self.follow_libraries() {
            end = self.walk_once(answered);
        }
        let answer = if end == End::Root { Answer::Whole } else { Answer::Cut };
        (answer, self.frames.as_slice().into())
    }

    fn walk_once(&mut self, answered: &Answered) -> End {
        let Self { unwinder, cache, frames, .. } = self;
        frames.clear();
        let interrupted = Interrupted::new(&answered.registers, unwinder.code_end());
        let (start, stack) = (interrupted.sp, &answered.stack[..answered.length]);
        let push = |frame| {
            let room = frames.len() < MOST_FRAMES;
            if room {
                frames.push(frame);
            }
            room
        };
        walk(unwinder, &interrupted, cache, |address| word(stack, start, address).ok_or(()), push)
    }
}

/// The word at `address` in a copy of the memory from `start` on.
pub(super) fn word(copy: &[u8], start: u64, address: u64) -> Option<u64> {
    let offset = usize::try_from(address.checked_sub(start)?).ok()?;
    let bytes = copy.get(offset..offset.checked_add(8)?)?;
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_outside_of_the_copy_are_not_had() {
        let copy: Vec<u8> = (0..16).collect();
        assert_eq!(word(&copy, 0x1000, 0x1000), Some(u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7])));
        assert_eq!(word(&copy, 0x1000, 0x1008).map(u64::to_ne_bytes), Some([8, 9, 10, 11, 12, 13, 14, 15]));
        for outside in [0, 0xfff, 0x1009, 0x1010, u64::MAX] {
            assert_eq!(word(&copy, 0x1000, outside), None, "{outside:#x}");
        }
    }
}
