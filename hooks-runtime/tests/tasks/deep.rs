//! Chains of futures that take most of the stack.

use super::{observe, poll};
use hooks_runtime::labels::{Labeled, Labels};
use std::arch::asm;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread::Builder;

type Chain = Pin<Box<dyn Future<Output = ()> + Send>>;

const STACK: usize = 1 << 20;

/// Where the stack is in the innermost poll.
static INNERMOST: AtomicUsize = AtomicUsize::new(0);

/// The stack pointer: locals may lie elsewhere, under `AddressSanitizer` for instance.
#[inline(never)]
fn stack_here() -> usize {
    let here: usize;
    // SAFETY: only a register is read.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "aarch64")]
        asm!("mov {}, sp", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    here
}

fn chain(depth: usize) -> Chain {
    let innermost = poll_fn(|_| {
        INNERMOST.store(stack_here(), Ordering::Relaxed);
        Poll::Pending
    });
    (0..depth).fold(Box::pin(innermost), |chain: Chain, _| Box::pin(chain.labeled(Labels::none())))
}

/// What the polls of so many futures take of the stack.
fn taken(depth: usize, stack: usize) -> usize {
    let mut chain = chain(depth);
    let polls = move || {
        assert!(poll(chain.as_mut()).is_pending());
        (stack_here() - INNERMOST.load(Ordering::Relaxed), chain)
    };
    let (taken, chain) = Builder::new().stack_size(stack).spawn(polls).unwrap().join().unwrap();
    // Its drop goes as deep.
    Builder::new().stack_size(64 << 20).spawn(|| drop(chain)).unwrap().join().unwrap();
    taken
}

#[test]
fn a_chain_that_fits_the_stack_fits_it_when_tasks_are_watched() {
    let each = taken(200, STACK) / 200;
    let depth = STACK / each * 8 / 10;
    assert!(taken(depth, STACK) > STACK / 2);
    observe::start(1 << 20);
    assert!(taken(depth, STACK) > STACK / 2);
    assert!(usize::try_from(observe::end()).unwrap() >= depth, "all have had an entry");
}
