//! The calling thread's own stack, walked where it stands.

use super::error::{Error, Extent};
use super::machine::{Interruption, Registers};
use super::memory::{Live, Way, own_stack};
use super::scratch::{Pool, Tools, pool, scratches};
use super::walk::{End, walk};
use crate::code::{self, Code};
use crate::process::to_usize;
use std::cell::Cell;
use std::ops::Range;

/// Where a walk begins: in the function that made this, which must not return before the walk is over.
pub(super) struct Start(Registers);

/// What became of a walk.
pub(super) struct Walk {
    /// How many callers were found.
    pub(super) count: usize,
    pub(super) extent: Extent,
    /// The edition of the map of loaded code.
    pub(super) edition: u64,
}

/// What a thread remembers from one walk to the next. No destructor, so that threads which end have it too.
#[derive(Clone, Copy)]
struct Memory {
    /// The stack that the thread began on; empty: not asked for yet, or not known.
    stack: (u64, u64),
    /// The scratch that it had last.
    scratch: usize,
}

thread_local! {
    static MEMORY: Cell<Memory> = const { Cell::new(Memory { stack: (0, 0), scratch: 0 }) };
}

/// After the walk, so that the call of it is not the last thing that a function does: the compiler would make a jump of it,
/// and the function would not be among the callers.
#[expect(clippy::inline_always, reason = "it is to stand in the function that calls `here`")]
#[inline(always)]
pub(super) fn stay() {
    // SAFETY: no instruction.
    unsafe { std::arch::asm!("", options(nomem, nostack, preserves_flags)) };
}

impl Start {
    #[expect(clippy::inline_always, reason = "the registers of the function that calls it")]
    #[inline(always)]
    pub(super) fn here() -> Self {
        Self(Registers::here())
    }

    /// Gives the callers of the function that made this to `into`, innermost first, without the first `skip` of them.
    #[inline(never)]
    pub(super) fn walk(&self, skip: usize, into: &mut [usize]) -> Walk {
        let Some(pool) = pool().or_else(|| scratches().ok()) else {
            return Walk { count: 0, extent: Extent::Cut, edition: 0 };
        };
        let (walked, is_believed) = self.walk_once(pool, skip, into);
        if is_believed {
            return walked;
        }
        code::current();
        self.walk_once(pool, skip, into).0
    }

    /// The second: no library has come that it may have led through.
    fn walk_once(&self, pool: &'static Pool, skip: usize, into: &mut [usize]) -> (Walk, bool) {
        let memory = MEMORY.get();
        let nothing = Walk { count: 0, extent: Extent::Cut, edition: 0 };
        let Some(mut claim) = pool.claim_in_turn(memory.scratch) else {
            return (nothing, true);
        };
        remember(memory, claim.number());
        let Some((code, tools)) = claim.tools() else { return (nothing, false) };
        // The first is where the walk begins, and no caller.
        let skip = skip.saturating_add(1);
        let mut callers = Callers { into, count: 0, skip, code, within: (0, 0), is_known: true };
        let end = self.walk_with(code, tools, |address| callers.push(address));
        let Callers { count, is_known, .. } = callers;
        let extent = if end == End::Root && is_known { Extent::Whole } else { Extent::Cut };
        let walked = Walk { count, extent, edition: code.edition };
        (walked, (is_known && end != End::Lost) || code.is_current())
    }

    fn walk_with(&self, code: &Code, tools: &mut Tools, push: impl FnMut(u64) -> bool) -> End {
        let interrupted = Interruption::new(&self.0, code.unwinder().code_end());
        let live = Live::new(&mut tools.window, Way::Call);
        // SAFETY: this thread's own stack, from the frame of a caller on: mapped, and those to whom it belongs wait.
        let mut live = unsafe { live.with_direct(readable(interrupted.sp)) };
        walk(code.unwinder(), &interrupted, &mut tools.cache, |address| live.word(address), push)
    }
}

struct Callers<'a> {
    into: &'a mut [usize],
    count: usize,
    /// How many are still to be left out.
    skip: usize,
    code: &'a Code,
    /// The range of code that the last caller was in.
    within: (u64, u64),
    /// Whether all were in code that is known: other code is followed by its frame pointers, which may leave callers out.
    is_known: bool,
}

impl Callers<'_> {
    fn look_up(&mut self, address: u64) {
        match self.code.range(address) {
            Some(range) => self.within = range,
            None => self.is_known = false,
        }
    }

    #[inline]
    fn push(&mut self, address: u64) -> bool {
        if !(self.within.0..self.within.1).contains(&address) {
            self.look_up(address);
        }
        if self.skip > 0 {
            self.skip -= 1;
            return true;
        }
        let Some(place) = self.into.get_mut(self.count) else { return false };
        *place = to_usize(address);
        self.count += 1;
        true
    }
}

fn remember(memory: Memory, scratch: usize) {
    if memory.scratch != scratch {
        MEMORY.set(Memory { scratch, ..MEMORY.get() });
    }
}

/// The words that may be loaded when the stack pointer is `sp`; none on a stack that the thread did not begin on.
#[inline]
fn readable(sp: u64) -> Range<u64> {
    let (low, high) = match MEMORY.get().stack {
        (_, 0) => find_stack(),
        stack => stack,
    };
    if (low..high).contains(&sp) { sp..high } else { 0..0 }
}

#[cold]
fn find_stack() -> (u64, u64) {
    let stack = own_stack().map_or((0, 1), |stack| (stack.start, stack.end));
    MEMORY.set(Memory { stack, ..MEMORY.get() });
    stack
}

pub(super) fn prepare() -> Result<(), Error> {
    scratches().map_err(|source| Error::Kernel { call: "mmap", source })?;
    code::current();
    Ok(())
}
