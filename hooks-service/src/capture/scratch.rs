//! SIGNAL HANDLER, up to the mark. What it takes to walk a stack, prepared in advance: the unwinder's cache, a window for
//! reads, a stack to run on; and the map of loaded code.
//!
//! As many for the process as can usefully be in use at once, not one per thread: a process with a thousand threads pays for
//! a few dozen, and the caches of unwind rules stay warm from one profile to the next. The own stack is what makes small
//! alternate stacks safe: std gives its threads 8 KiB of which the kernel's frame takes up to 3.5, and evaluating call frame
//! information copies tables of 6 KiB.

use super::machine::call_on_stack;
use super::memory::Window;
use crate::code::{self, Cache, Code, PINS, Pin};
use crate::process::{Mapping, PerProcess, page_size};
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::{Duration, Instant};

/// Stack of one scratch in bytes. Only pages that are used take memory: some 16 KiB optimised, 60 KiB in a debug build.
const STACK: usize = 256 * 1024;
/// The one that is left to the report of a crash.
const FOR_A_CRASH: usize = 0;

/// What is worked with while a scratch is claimed.
pub(crate) struct Tools {
    pub(crate) cache: Cache,
    pub(crate) window: Box<Window>,
}

/// The scratches of the process. Never freed.
pub(crate) struct Pool {
    tools: Box<[UnsafeCell<Tools>]>,
    stacks: Mapping,
}

// SAFETY: the tools are reached only through a `Claim`, and the number of its pin is one claim's at a time.
unsafe impl Sync for Pool {}
// SAFETY: nothing in it is bound to a thread.
unsafe impl Send for Pool {}

static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());

/// The pool, if it is [made](scratches). Async-signal-safe.
pub(crate) fn pool() -> Option<&'static Pool> {
    // SAFETY: null, or a pool that is never freed.
    unsafe { POOL.load(Ordering::Acquire).as_ref() }
}

impl Pool {
    /// For a handler: takes a free scratch, the first, whose cache is the warmest. `None`: all are in use. Async-signal-safe.
    pub(crate) fn claim(&self) -> Option<Claim<'_>> {
        let pin = Pin::take(FOR_A_CRASH + 1..self.tools.len(), FOR_A_CRASH + 1)?;
        Some(Claim { pool: self, pin })
    }

    /// For others: of the half that is not left to handlers, by preference the scratch of that number, which the caller had
    /// before.
    pub(crate) fn claim_near(&self, number: usize) -> Option<Claim<'_>> {
        let pin = Pin::take(self.tools.len().div_ceil(2)..self.tools.len(), number)?;
        Some(Claim { pool: self, pin })
    }

    /// Takes the scratch that is left to the report of a crash. Async-signal-safe.
    pub(crate) fn claim_for_a_crash(&self) -> Option<Claim<'_>> {
        let pin = Pin::take(FOR_A_CRASH..FOR_A_CRASH + 1, FOR_A_CRASH)?;
        Some(Claim { pool: self, pin })
    }

    /// Address range of the scratches' stacks.
    pub(crate) fn stack_range(&self) -> Range<usize> {
        let start = self.stacks.start().addr();
        start..start + self.stacks.length()
    }
}

/// A scratch in use, freed on drop.
pub(crate) struct Claim<'a> {
    pool: &'a Pool,
    pin: Pin,
}

impl Claim<'_> {
    /// Its number, for [`Pool::claim_near`].
    pub(crate) fn number(&self) -> usize {
        self.pin.index()
    }

    /// The map of loaded code, and the tools. Async-signal-safe.
    pub(crate) fn tools(&mut self) -> Option<(&Code, &mut Tools)> {
        // SAFETY: the number of the pin is this claim's alone, and `&mut self` keeps a second borrow away.
        let tools = unsafe { &mut *self.pool.tools[self.pin.index()].get() };
        Some((self.pin.code()?, tools))
    }

    /// Runs `work` with the map and the tools, on the scratch's stack.
    ///
    /// # Safety
    /// All signals are blocked (or cannot use the alternate stack), see [`call_on_stack`]. `work` does not unwind:
    /// a panic in it aborts the process.
    pub(crate) unsafe fn run<F: FnOnce(&Code, &mut Tools)>(&mut self, work: F) {
        struct Call<'a, F> {
            work: Option<F>,
            code: &'a Code,
            tools: &'a mut Tools,
        }
        extern "C" fn trampoline<F: FnOnce(&Code, &mut Tools)>(call: *mut c_void) {
            // SAFETY: `run` passes the address of its `Call`, which lives until this returns.
            let call = unsafe { &mut *call.cast::<Call<'_, F>>() };
            if let Some(work) = call.work.take() {
                work(call.code, call.tools);
            }
        }
        // SAFETY: the end of the stack of this claim's number, which is inside of the mapping.
        let top = unsafe { self.pool.stacks.start().add((self.pin.index() + 1) * STACK) };
        let Some((code, tools)) = self.tools() else { return };
        let mut call = Call { work: Some(work), code, tools };
        // SAFETY: that stack is this claim's, STACK is a multiple of 16; the rest is the caller's promise.
        unsafe { call_on_stack(top, trampoline::<F>, (&raw mut call).cast()) };
    }
}

// The mark: what follows does not run in a handler.

/// How long to wait for a scratch. Handlers have one for microseconds, as long as their thread runs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pool and the map of loaded code, made at the first call in the process.
pub(crate) fn scratches() -> io::Result<&'static Pool> {
    static LOCK: PerProcess<()> = PerProcess::new();
    code::current();
    LOCK.with(|()| {
        if let Some(pool) = pool() {
            pool.revive();
            return Ok(pool);
        }
        let pool: &'static Pool = Box::leak(Box::new(Pool::new()?));
        POOL.store(std::ptr::from_ref(pool).cast_mut(), Ordering::Release);
        Ok(pool)
    })
}

impl Pool {
    /// Four for each processor: one that runs, and others whose threads were preempted meanwhile; and one for a crash.
    fn new() -> io::Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = (processors * 4).clamp(8, PINS - 8) + 1;
        let stacks = Mapping::new(count * STACK)?;
        for index in 0..count {
            stacks.guard(index * STACK, page_size())?;
        }
        let tools = |_| UnsafeCell::new(Tools::new());
        Ok(Self { tools: (0..count).map(tools).collect(), stacks })
    }

    /// As [`claim_near`](Self::claim_near), but waits for a scratch. `None`: there has been none for ten seconds.
    pub(crate) fn claim_in_turn(&self, number: usize) -> Option<Claim<'_>> {
        if let Some(claim) = self.claim_near(number) {
            return Some(claim);
        }
        let start = Instant::now();
        loop {
            if let Some(claim) = self.claim_near(number) {
                return Some(claim);
            }
            self.revive();
            if start.elapsed() > PATIENCE {
                return None;
            }
            std::thread::yield_now();
        }
    }

    /// In a forked child: makes those anew that threads of the parent were using.
    fn revive(&self) {
        for (index, tools) in self.tools.iter().enumerate() {
            let Some(_pin) = Pin::take_lost(index) else { continue };
            // Not dropped: what it owns may be half-changed. SAFETY: the pin is this call's alone, and who had it before does
            // not exist in this process.
            unsafe { tools.get().write(Tools::new()) };
        }
    }
}

impl Tools {
    fn new() -> Self {
        Self { cache: Cache::default(), window: Box::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn work_runs_on_the_scratch_stack_and_one_is_left_to_a_crash() {
        let pool = scratches().unwrap();
        let mut first = pool.claim().unwrap();
        let mut place = 0;
        // SAFETY: this test process uses no alternate stacks in handlers, and the work does not panic.
        unsafe { first.run(|_, _| place = stack_address()) };
        assert!(pool.stack_range().contains(&place));
        assert!(!pool.stack_range().contains(&stack_address()));
        let others: Vec<_> = std::iter::from_fn(|| pool.claim()).collect();
        assert_eq!(others.len() + 2, pool.tools.len());
        drop(others);
        let others: Vec<_> = std::iter::from_fn(|| pool.claim_near(0)).collect();
        assert!(others.len() >= 4 && pool.claim().is_some(), "some are left to handlers");
        assert!(pool.claim_for_a_crash().is_some_and(|claim| claim.number() == FOR_A_CRASH));
    }

    #[test]
    fn what_was_lost_in_a_fork_is_made_anew() {
        let pool = scratches().unwrap();
        std::iter::from_fn(|| pool.claim()).for_each(std::mem::forget);
        code::forget_others();
        assert!(pool.claim().is_none(), "in use when the process was forked");
        let mut claim = pool.claim_in_turn(0).unwrap();
        assert!(claim.tools().is_some() && pool.claim().is_some());
    }

    #[test]
    fn a_scratch_has_one_user_at_a_time() {
        let pool = scratches().unwrap();
        let in_use: Vec<_> = pool.tools.iter().map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for number in 0..4 {
                let (pool, in_use) = (&pool, &in_use);
                scope.spawn(move || {
                    for _ in 0..200_000 {
                        let claim = if number < 2 { pool.claim() } else { pool.claim_near(number) }.unwrap();
                        assert_eq!(in_use[claim.number()].fetch_add(1, Ordering::SeqCst), 0);
                        in_use[claim.number()].fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
    }

    #[inline(never)]
    fn stack_address() -> usize {
        let here = 0_u8;
        (&raw const here).addr()
    }
}
