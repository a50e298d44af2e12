//! What a handler needs to unwind, prepared in advance: a stack of its own, the unwinder's cache, a window for reads.
//!
//! As many as handlers can usefully run at once, not one per thread: a process with a thousand threads pays for a few
//! dozen, and the cache of unwind rules stays warm. The own stack is what makes small alternate stacks safe: std gives its
//! threads 8 KiB of which the kernel's frame takes up to 3.5, and evaluating call frame information copies tables of 6 KiB.

use crate::capture::call_on_stack;
use crate::code::Cache;
use crate::process::{Mapping, page_size};
use crate::profile::Error;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Stack of one scratch in bytes. Only pages that are used take memory: some 16 KiB optimised, 60 KiB in a debug build.
const STACK: usize = 256 * 1024;

/// Where the bytes of a page are put that was read by a call to the kernel, see [`super::stack::Reader`].
#[repr(align(4096))]
pub(super) struct Window(pub(super) [u8; 4096]);

/// What the handler works with while it holds a scratch.
pub(super) struct Tools {
    pub(super) cache: Cache,
    pub(super) window: Box<Window>,
}

struct Scratch {
    /// Even: free. Odd: in use. Grows by one on each claim and release, so that a change shows that it was free meanwhile.
    turn: AtomicUsize,
    tools: UnsafeCell<Tools>,
}

/// The scratches of a session.
pub(super) struct Pool {
    scratches: Box<[Scratch]>,
    stacks: Mapping,
}

// SAFETY: the tools are reached only through a `Claim`, and `turn` gives a scratch to one claim at a time.
unsafe impl Sync for Pool {}
// SAFETY: nothing in it is bound to a thread.
unsafe impl Send for Pool {}

impl Pool {
    /// Four for each processor: one that runs, and others whose threads were preempted inside of the handler.
    pub(super) fn new() -> Result<Self, Error> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = (processors * 4).clamp(8, 256);
        let stacks = Mapping::new(count * STACK).map_err(Error::kernel("mmap"))?;
        for index in 0..count {
            stacks.guard(index * STACK, page_size()).map_err(Error::kernel("mprotect"))?;
        }
        let scratch = |_| Scratch { turn: AtomicUsize::new(0), tools: UnsafeCell::new(Tools::new()) };
        Ok(Self { scratches: (0..count).map(scratch).collect(), stacks })
    }

    /// Takes a free scratch, the first: its cache is the warmest. `None`: all are in use. Async-signal-safe.
    pub(super) fn claim(&self) -> Option<Claim<'_>> {
        self.scratches.iter().enumerate().find_map(|(index, scratch)| {
            let turn = scratch.turn.load(Ordering::Relaxed);
            if turn % 2 == 1 {
                return None;
            }
            // SeqCst: the claim comes before the handler's load of the unwinder in the one order that `passed` relies on.
            let claimed =
                scratch.turn.compare_exchange(turn, turn + 1, Ordering::SeqCst, Ordering::Relaxed).is_ok();
            // Not `then_some`: that would make a claim, and drop it, where none was had.
            claimed.then(|| Claim { pool: self, index })
        })
    }

    /// The turns of all scratches now: to be given to [`passed`](Self::passed).
    pub(super) fn turns(&self) -> Vec<usize> {
        self.scratches.iter().map(|scratch| scratch.turn.load(Ordering::SeqCst)).collect()
    }

    /// Whether every claim that was held when `turns` were taken is over.
    pub(super) fn passed(&self, turns: &[usize]) -> bool {
        let now = self.turns();
        turns.iter().zip(now).all(|(then, now)| then % 2 == 0 || *then != now)
    }

    /// Address range of the handlers' stacks.
    pub(super) fn stack_range(&self) -> std::ops::Range<usize> {
        let start = self.stacks.start().addr();
        start..start + self.stacks.length()
    }
}

impl Tools {
    fn new() -> Self {
        Self { cache: Cache::default(), window: Box::new(Window([0; 4096])) }
    }
}

/// A scratch in use, freed on drop.
pub(super) struct Claim<'a> {
    pool: &'a Pool,
    index: usize,
}

impl Claim<'_> {
    /// Runs `work` with the tools, on the scratch's stack.
    ///
    /// # Safety
    /// All signals are blocked (or cannot use the alternate stack), see [`call_on_stack`]. `work` does not unwind:
    /// a panic in it aborts the process.
    pub(super) unsafe fn run<F: FnOnce(&mut Tools)>(&mut self, work: F) {
        struct Call<'a, F> {
            work: Option<F>,
            tools: &'a mut Tools,
        }
        extern "C" fn trampoline<F: FnOnce(&mut Tools)>(call: *mut c_void) {
            // SAFETY: `run` passes the address of its `Call`, which lives until this returns.
            let call = unsafe { &mut *call.cast::<Call<'_, F>>() };
            if let Some(work) = call.work.take() {
                work(call.tools);
            }
        }
        // SAFETY: the claim is exclusive by its turn, and `&mut self` keeps a second `run` away.
        let tools = unsafe { &mut *self.pool.scratches[self.index].tools.get() };
        let mut call = Call { work: Some(work), tools };
        // SAFETY: the stack number `index` belongs to this claim, STACK is a multiple of 16; the rest is the caller's promise.
        unsafe {
            let top = self.pool.stacks.start().add((self.index + 1) * STACK);
            call_on_stack(top, trampoline::<F>, (&raw mut call).cast());
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.pool.scratches[self.index].turn.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_on_the_scratch_stack_and_the_pool_runs_out_in_order() {
        let pool = Pool::new().unwrap();
        let before = pool.turns();
        let mut first = pool.claim().unwrap();
        let mut place = 0;
        // SAFETY: this test process uses no alternate stacks in handlers, and the work does not panic.
        unsafe { first.run(|_| place = stack_address()) };
        assert!(pool.stack_range().contains(&place));
        assert!(!pool.stack_range().contains(&stack_address()));
        let held = pool.turns();
        assert!(pool.passed(&before));
        assert!(!pool.passed(&held), "the first is still claimed");
        let others: Vec<_> = std::iter::from_fn(|| pool.claim()).collect();
        assert_eq!(others.len() + 1, pool.scratches.len());
        drop(first);
        assert!(pool.passed(&held) && pool.claim().is_some());
    }

    #[test]
    fn a_scratch_has_one_user_at_a_time() {
        let pool = Pool::new().unwrap();
        let in_use: Vec<_> = pool.scratches.iter().map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200_000 {
                        let claim = pool.claim().unwrap();
                        assert_eq!(in_use[claim.index].fetch_add(1, Ordering::SeqCst), 0);
                        in_use[claim.index].fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(pool.turns().iter().all(|turn| turn % 2 == 0));
    }

    #[inline(never)]
    fn stack_address() -> usize {
        let here = 0_u8;
        (&raw const here).addr()
    }
}
