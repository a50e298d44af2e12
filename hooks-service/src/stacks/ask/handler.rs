//! SIGNAL HANDLER, up to the mark. `handle` and what it calls run in one, on whatever thread, between any two instructions: nothing is
//! allocated, locked, formatted or waited for; `errno` is saved; every loop is bounded.

use super::slot::{Pool, ThreadAnswer};
use crate::capture::Registers;
use crate::process::handler::{Errno, FAULTS, all_but};
use crate::process::{page_size, to_usize};
use crate::stacks::error::Error;
use hooks_runtime::labels::observe;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering};

/// Where answers go. A pool is never freed.
static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());
static PAGE: AtomicUsize = AtomicUsize::new(4096);
/// The signal that is ours; 0: none yet.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

extern "C" fn handle(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes both, and they are ours for the length of the call.
    let (info, context) = unsafe { (&*info, &*context.cast::<libc::ucontext_t>()) };
    let _errno = Errno::save();
    // SAFETY: null, or a pool that is never freed.
    if let (libc::SI_QUEUE, Some(pool)) = (info.si_code, unsafe { POOL.load(Ordering::Acquire).as_ref() }) {
        // SAFETY: a queued signal carries a value.
        let value = unsafe { info.si_value() }.sival_ptr.addr() as u64;
        answer(pool, value, context);
    }
}

fn answer(pool: &Pool, value: u64, context: &libc::ucontext_t) {
    let started = monotonic();
    let (index, generation) = parts(value);
    let Some(slot) = pool.slots.get(index) else { return };
    slot.write(generation, |answered| {
        answered.registers = Registers::of(context);
        answered.length = copy_stack(pool.pid, answered.registers.sp, &mut answered.stack);
        copy_labels(answered);
        answered.pause = monotonic().saturating_sub(started);
    });
}

/// Copies from `from` on, as much as is mapped and fits, and returns how much. By a call that reports what is not mapped,
/// where a load would fault. Where a sandbox forbids it: the rest of the page, which is mapped for the stack pointer is in it.
fn copy_stack(pid: libc::pid_t, from: u64, to: &mut [u8]) -> usize {
    let start = std::ptr::with_exposed_provenance_mut::<u8>(to_usize(from));
    let local = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
    let remote = libc::iovec { iov_base: start.cast(), iov_len: to.len() };
    // SAFETY: writes into `to`, at most its length; what cannot be read is an error, not a fault.
    let copied = unsafe { libc::process_vm_readv(pid, &raw const local, 1, &raw const remote, 1, 0) };
    if let Ok(copied) = usize::try_from(copied) {
        return copied;
    }
    let page = PAGE.load(Ordering::Relaxed);
    let rest = (page - to_usize(from) % page).min(to.len());
    // SAFETY: from the interrupted thread's stack pointer to the end of its page, all of it mapped; `to` has room.
    unsafe { std::ptr::copy_nonoverlapping(start, to.as_mut_ptr(), rest) };
    rest
}

fn copy_labels(answered: &mut ThreadAnswer) {
    answered.labels.clear();
    observe::visit(&mut |key, value| _ = answered.labels.push(key, value));
}

fn monotonic() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local; async-signal-safe by POSIX.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec.cast_unsigned().wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec.cast_unsigned())
}

/// Bits of a value that number the slot; the generation is above.
const INDEX_BITS: u32 = 8;
const _: () = assert!(super::slot::SLOTS <= 1 << INDEX_BITS);

/// Where answers go, once there is a pool. Async-signal-safe.
pub(super) fn pool() -> Option<&'static Pool> {
    // SAFETY: null, or a pool that is never freed.
    unsafe { POOL.load(Ordering::Acquire).as_ref() }
}

/// What the signal for slot `index` carries.
pub(super) fn value(index: usize, generation: u64) -> u64 {
    generation << INDEX_BITS | index as u64
}

fn parts(value: u64) -> (usize, u64) {
    (to_usize(value & ((1 << INDEX_BITS) - 1)), value >> INDEX_BITS)
}

/// The signal that is ours; 0: none yet.
pub(in crate::stacks) fn signal() -> i32 {
    SIGNAL.load(Ordering::Relaxed)
}

// The mark: what follows does not run in the handler.

/// Has answers go to `pool`, and sees to it that the handler is installed: for the first real-time signal that nobody uses.
pub(super) fn install(pool: &'static Pool) -> Result<(), Error> {
    PAGE.store(page_size(), Ordering::Relaxed);
    POOL.store(std::ptr::from_ref(pool).cast_mut(), Ordering::Release);
    if signal() != 0 {
        return check_owner();
    }
    // The first few belong to the C library and to debuggers' habits.
    for signal in libc::SIGRTMIN() + 5..=libc::SIGRTMAX() {
        if installed(signal)? == libc::SIG_DFL {
            set(signal)?;
            SIGNAL.store(signal, Ordering::Relaxed);
            return Ok(());
        }
    }
    Err(Error::NoSignal)
}

/// Refuses if someone else handles our signal: to send it would be to call their handler.
pub(super) fn check_owner() -> Result<(), Error> {
    let signal = signal();
    let handler = installed(signal)?;
    if handler == ours() { Ok(()) } else { Err(Error::ForeignHandler { signal, handler }) }
}

fn ours() -> libc::sighandler_t {
    handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as libc::sighandler_t
}

fn installed(signal: c_int) -> Result<libc::sighandler_t, Error> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks, and sets nothing.
    if unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) } != 0 {
        return Err(Error::last("sigaction"));
    }
    // SAFETY: filled by the call; all zeroes would be valid too.
    Ok(unsafe { action.assume_init() }.sa_sigaction)
}

fn set(signal: c_int) -> Result<(), Error> {
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = ours();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // Other signals wait until the answer is written, which keeps the handler's stack small.
    action.sa_mask = all_but(FAULTS);
    // SAFETY: the handler has the signature that SA_SIGINFO asks for and stays in memory.
    let failed = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) } != 0;
    if failed { Err(Error::last("sigaction")) } else { Ok(()) }
}
