//! Walking copies of stacks.

use super::slot::ThreadAnswer;
use crate::capture::{Claim, End, Interruption, Pool, Registers, StackCopy, walk};
use crate::code;
use crate::stacks::dump::Answer;
use std::sync::Arc;

/// Most frames of a stack that are kept.
const MOST_FRAMES: usize = 256;

/// Walks the stacks of one dump.
pub(super) struct Walker {
    pool: &'static Pool,
    frames: Vec<u64>,
}

impl Walker {
    pub(super) fn new(pool: &'static Pool) -> Self {
        Self { pool, frames: Vec::with_capacity(MOST_FRAMES) }
    }

    /// The stack that a thread left, innermost first.
    pub(super) fn walk(&mut self, answered: &ThreadAnswer) -> (Answer, Arc<[u64]>) {
        let (mut end, edition) = self.walk_once(answered);
        // It may lead through a library that came while the dump was being taken.
        if end == End::Lost && code::current().edition != edition {
            (end, _) = self.walk_once(answered);
        }
        let answer = if end == End::Root { Answer::Whole } else { Answer::Cut };
        (answer, self.frames.as_slice().into())
    }

    /// Where the walk ended, and the edition of the map that it was led by.
    fn walk_once(&mut self, answered: &ThreadAnswer) -> (End, u64) {
        self.frames.clear();
        let mut claim = self.pool.claim_in_turn(0);
        let tools = claim.as_mut().and_then(Claim::tools);
        let Some((code, tools)) = tools else { return (End::Lost, 0) };
        let interrupted = Interruption::new(&answered.registers, code.unwinder().code_end());
        let copied = answered.stack();
        let frames = &mut self.frames;
        let push = |frame| {
            let room = frames.len() < MOST_FRAMES;
            if room {
                frames.push(frame);
            }
            room
        };
        let read = |address| copied.word(address);
        (walk(code.unwinder(), &interrupted, &mut tools.cache, read, push), code.edition)
    }
}

impl ThreadAnswer {
    /// Where the thread was interrupted.
    pub(crate) fn registers(&self) -> &Registers {
        &self.registers
    }

    /// What was copied of the stack.
    pub(crate) fn stack(&self) -> StackCopy<'_> {
        StackCopy { start: self.registers.sp, bytes: self.stack.get(..self.length).unwrap_or_default() }
    }
}
