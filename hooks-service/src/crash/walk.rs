//! SIGNAL HANDLER, up to the mark. The stack of a thread that crashes: no allocation, no lock, and no fault whatever the stack
//! holds. `errno` is lost with the process.

use super::sink::Report;
use super::wire::{Crash, MAX_FRAMES};
use crate::capture::{self, Claim, Interruption, Live, PAGE, Registers, Tools, Way, walk};
use crate::code::{self, Code, Module};
use crate::process::descriptor::Kept;
use crate::process::to_usize;
use crate::stacks::ThreadAnswer;
use std::fmt::Write;
use std::io;

/// A pipe that stacks are read through.
pub(super) static STACK_READ: Kept = Kept::none();
pub(super) static STACK_WRITE: Kept = Kept::none();

/// Walks stacks through the code that was loaded at the last look of any profile or dump. Stacks through other code are
/// followed by their frame pointers, as far as they have any.
pub(super) struct Walker {
    claim: Claim<'static>,
}

/// The walker, which one user at a time can have; `None` if nothing is prepared.
pub(super) fn walker() -> Option<Walker> {
    let mut claim = capture::pool()?.claim_for_a_crash()?;
    claim.tools().is_some().then_some(Walker { claim })
}

impl Walker {
    /// Where the interrupted thread was.
    pub(super) fn interrupted(&mut self, context: &libc::ucontext_t) -> Interruption {
        self.at(&Registers::of(context))
    }

    fn at(&mut self, registers: &Registers) -> Interruption {
        Interruption::new(registers, self.code().map_or(0, |code| code.unwinder().code_end()))
    }

    fn code(&mut self) -> Option<&Code> {
        Some(self.claim.tools()?.0)
    }

    /// Gives the interrupted thread's stack to `push`, leaf first.
    pub(super) fn walk(&mut self, interrupted: &Interruption, push: impl FnMut(u64) -> bool) {
        let Some((code, Tools { cache, window })) = self.claim.tools() else { return };
        let mut live = Live::new(window, way());
        walk(code.unwinder(), interrupted, cache, |address| live.word(address), push);
    }

    /// Gives the stack of a thread that was asked for it to `push`, leaf first.
    pub(super) fn walk_copy(&mut self, answered: &ThreadAnswer, push: impl FnMut(u64) -> bool) {
        let interrupted = self.at(answered.registers());
        let Some((code, tools)) = self.claim.tools() else { return };
        let copied = answered.stack();
        walk(code.unwinder(), &interrupted, &mut tools.cache, |address| copied.word(address), push);
    }

    /// Whether there is memory all the way between the page of `from`, which may have none, and that of `to`.
    pub(super) fn is_joined(&mut self, from: u64, to: u64) -> bool {
        let Some((_, tools)) = self.claim.tools() else { return false };
        let mut live = Live::new(&mut tools.window, way());
        let page = |address| address - address % PAGE;
        (page(from)..page(to)).step_by(to_usize(PAGE)).skip(1).all(|page| live.has_page(page))
    }

    /// The module that holds `address`.
    pub(super) fn module(&mut self, address: u64) -> Option<&Module> {
        self.code()?.module(address)
    }
}

/// By the pipe, which is there for it: the call is one that sandboxes often forbid, and is only asked where somebody has
/// closed the pipe. A file in memory would have the limits of a file.
fn way() -> Way {
    match (STACK_READ.get(), STACK_WRITE.get()) {
        (Some(read), Some(write)) => Way::Pipe { read, write },
        _ => Way::Call,
    }
}

/// Writes a line for each frame.
pub(super) fn write_stack(report: &mut Report, crash: &Crash, walker: &mut Walker) {
    let mut before = None;
    let mut repeated = 0;
    for (depth, address) in crash.frames().iter().enumerate() {
        if before == Some(address) {
            repeated += 1;
            continue;
        }
        repetitions(report, std::mem::take(&mut repeated));
        before = Some(address);
        let _ = write!(report.line, "{depth:4}: {address:#x}");
        if let Some(module) = walker.module(*address) {
            let _ = write!(report.line, " {}+{:#x}", module.file_name(), module.file_address(*address));
        }
        report.line.text("\n");
        report.flush_if_full();
    }
    repetitions(report, repeated);
    if crash.frame_count == MAX_FRAMES {
        report.line.text("      and more\n");
    }
}

/// Recursion is one line.
fn repetitions(report: &mut Report, count: u32) {
    if count > 0 {
        let _ = writeln!(report.line, "      the same {count} times more");
    }
}

// The mark: what follows does not run in a handler.

/// Makes a walk possible, and returns the code that is loaded.
pub(super) fn prepare() -> io::Result<Vec<Module>> {
    capture::scratches()?;
    Ok(code::current().modules().cloned().collect())
}
