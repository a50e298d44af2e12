//! What of faults is the system's and the machine's: 64-bit Linux on x86-64 and ARM.

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
mod machine;

mod handler;
mod library;
mod memory;
mod owner;
mod prelude;
mod slot;

use crate::signals::stack::{AlternateStack, SIZE, current};
pub(super) use memory::Memory;
pub use owner::Displaced;
pub(super) use owner::{check_owner, counts};
use prelude::prelude;
pub(super) use slot::Slot;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering, fence};

pub mod interface {
    //! For `hooks-service`, whose crash report knows of us. Any release may change it.
    pub use super::owner::step_in_front;
}

/// What a guarded copy came to.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// Bytes that were not copied; 0 if all were.
    pub(super) left: usize,
    /// Why not: the number of a [`Kind`].
    pub(super) kind: usize,
}

/// What a guarded load came to.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Loaded {
    pub(super) value: u64,
    /// 0, or the number of a [`Kind`].
    pub(super) kind: usize,
}

/// Why an instruction faulted, as the handler passes it to the fixup. None is 0.
#[repr(usize)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Lost = 1,
    NotMapped = 2,
    NotPermitted = 3,
    MemoryFailure = 4,
}

type Copy = unsafe extern "C" fn(*mut u8, *const u8, usize) -> Outcome;
type Load = unsafe extern "C" fn(*const u8) -> Loaded;

/// The routines of assembly, by address: a Rust `dylib` exports this and not their symbols, and what is inlined into its
/// users calls them.
pub(super) struct Routines {
    /// A [`Copy`].
    short_read: AtomicPtr<()>,
    pub(super) load_4: Load,
    pub(super) load_8: Load,
    /// Whether there ever were zeros in the place of something. Here, so that a copy looks at one place.
    lost_any: AtomicBool,
}

pub(super) static ROUTINES: Routines = Routines {
    short_read: AtomicPtr::new(machine::read as *mut ()),
    load_4: machine::load_4,
    load_8: machine::load_8,
    lost_any: AtomicBool::new(false),
};

impl Routines {
    /// What reads up to [`SHORT`] bytes fastest.
    #[inline]
    pub(super) fn short_read(&self) -> Copy {
        // SAFETY: nothing but a `Copy` is stored.
        unsafe { std::mem::transmute::<*mut (), Copy>(self.short_read.load(Ordering::Relaxed)) }
    }
}

/// Whether what was just copied from a map may be zeros in the place of something.
#[inline]
pub(super) fn lost_any() -> bool {
    // After the copy.
    fence(Ordering::Acquire);
    ROUTINES.lost_any.load(Ordering::Relaxed)
}

pub(super) const SHORT: usize = 128;

/// Copies from memory that may fault.
///
/// # Safety
/// `to` is valid for writes of `length` bytes; `from` is of a range that the program registered.
pub(super) unsafe fn read(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { machine::read_any(to, from, length) }
}

/// Copies to memory that may fault.
///
/// # Safety
/// `from` is valid for reads of `length` bytes; `to` is of a range that the program registered, and nobody has a Rust
/// reference to it.
pub(super) unsafe fn write(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { machine::write_any(to, from, length) }
}

/// Makes this process and this thread ready for faults.
///
/// # Errors
/// Where the system refuses the handler.
pub(super) fn prepare() -> std::io::Result<()> {
    ROUTINES.short_read.store(machine::fastest_short_read() as *mut (), Ordering::Relaxed);
    owner::install()?;
    check_owner();
    prepare_thread();
    Ok(())
}

/// Makes this thread ready for faults.
pub(super) fn prepare_thread() {
    ensure_stack();
    owner::unblock();
}

/// Once a thread: a signal stack of our size, unless it has one as large; where the system has no memory for it the thread
/// stays as it is. In a signal handler, where the stack in use cannot be changed, nothing.
fn ensure_stack() {
    thread_local! {
        static STACK: ThreadStack = ThreadStack::of_thread();
    }
    if current().is_ok_and(|stack| stack.ss_flags & libc::SS_ONSTACK == 0) {
        // While the thread ends it has what std has left it.
        let _ = STACK.try_with(|_| ());
    }
}

struct ThreadStack(Option<AlternateStack>);

impl ThreadStack {
    fn of_thread() -> Self {
        let is_enough =
            |stack: libc::stack_t| stack.ss_flags & libc::SS_DISABLE == 0 && stack.ss_size >= SIZE;
        ThreadStack(if current().is_ok_and(is_enough) { None } else { AlternateStack::new().ok() })
    }
}

impl Drop for ThreadStack {
    fn drop(&mut self) {
        // The main thread's is in use until the process ends.
        // SAFETY: no memory is passed.
        if unsafe { libc::gettid() == libc::getpid() } {
            std::mem::forget(self.0.take());
        }
    }
}

/// The same for a thread that comes later, and now and then for one that has been here.
#[inline]
pub(super) fn prepare_thread_now_and_then() {
    thread_local! {
        static ENTRIES: Cell<u8> = const { Cell::new(0) };
    }
    let entries = ENTRIES.get();
    // Every 64th time: to ask the clock takes longer than all the rest.
    ENTRIES.set((entries + 1) % 64);
    if entries == 0 {
        prepare_thread_anew();
    }
}

/// What takes system calls of this thread is done at its first entry, and after that once a second.
#[cold]
fn prepare_thread_anew() {
    thread_local! {
        static SECOND: Cell<u64> = const { Cell::new(u64::MAX) };
    }
    let now = owner::second();
    if SECOND.replace(now) != now {
        prepare_thread();
    }
    owner::check_owner_now_and_then(now);
}
