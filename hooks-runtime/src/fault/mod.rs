//! Memory that may go away under its reader: a mapped file that another process truncates.
//!
//! A load from such a page is a `SIGBUS`, and the end of the process. A [`GuardedMap`] reads and writes by routines that
//! the signal handler knows: there the fault becomes `Err(`[`Fault`]`)` at the call, or, in a fn with
//! [`#[panic_on_fault]`](macro@crate::panic_on_fault), a panic there. Nothing is unwound or jumped over in the handler:
//! it has the thread go on at another instruction of the same routine.
//!
//! What is recovered, who has the signals, and what threads and signal handlers may do is told by
//! [`#[panic_on_fault]`](macro@crate::panic_on_fault).
//!
//! Go's hook: `debug.SetPanicOnFault`, which asks for every fault of a goroutine and so hides bugs.

// In: files or memory (`map`), and accesses to them: `access`, `chunks`, `reader`, `slice`, of `plain_data`, all by those of
// `in_handler`. The fns that want a panic say so by a frame in the chain (`scope`).
// Out: bytes, or an `error` that says where and why. What the machine and the system do for that is in `sys`: assembly
// whose instructions may fault, and the handler that knows them.

mod access;
mod chunks;
mod error;
mod in_handler;
mod map;
mod plain_data;
mod reader;
pub(crate) mod scope;
mod slice;

#[cfg(not(guarded))]
#[path = "plain.rs"]
mod sys;
#[cfg(guarded)]
mod sys;

pub use chunks::Chunks;
pub use error::{Fault, FaultKind};
pub use in_handler::InHandler;
pub use map::{Access, GuardedMap};
pub use plain_data::PlainData;
pub use reader::Reader;
pub use scope::catch;
pub use slice::Byte;
pub use sys::Displaced;

#[doc(hidden)]
pub use sys::interface as owner;

/// What the handler has done since the start of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Faults that became a [`Fault`]. A copy that meets one takes it twice: once by its block, once by its byte.
    pub recovered: u64,
    /// Faults in a slice that zeros were put in the place of.
    pub poisoned: u64,
    /// Signals that were not ours.
    pub passed_on: u64,
    /// How often someone else's handler was found in front of ours.
    pub displaced: u64,
}

/// What the handler has done.
///
/// ```
/// let before = hooks_runtime::fault::counts();
/// assert_eq!(before.passed_on, 0);
/// ```
pub fn counts() -> Counts {
    let [recovered, poisoned, passed_on, displaced] = sys::counts();
    Counts { recovered, poisoned, passed_on, displaced }
}

/// Makes this thread ready for faults: gives it a signal stack of 64 KiB, unless it has one as large, and lets `SIGSEGV` and
/// `SIGBUS` through. The stack goes with the thread.
///
/// Threads that make maps or enter scopes or slices are ready. This is for others where a signal handler reads maps, and
/// for those that have blocked all signals since.
///
/// Cost: two system calls, and six the first time.
///
/// ```
/// std::thread::spawn(|| {
///     hooks_runtime::fault::prepare_thread();
///     // From here on a signal handler may read maps on this thread.
/// });
/// ```
pub fn prepare_thread() {
    sys::prepare_thread();
}

/// Looks whether the signals are still ours, takes them back where not, and tells who had them. Nothing before the first
/// map.
///
/// Cost: two system calls.
///
/// ```
/// for displaced in hooks_runtime::fault::check_owner() {
///     eprintln!("signal {} was taken by {:?}", displaced.signal, displaced.library);
/// }
/// ```
pub fn check_owner() -> Vec<Displaced> {
    sys::check_owner()
}
