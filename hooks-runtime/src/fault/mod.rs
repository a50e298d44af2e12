//! Memory that may go away under its reader: a mapped file that another process truncates.
//!
//! A load from such a page is a `SIGBUS`, and the end of the process. A [`GuardedMap`] reads and writes by routines that
//! the signal handler knows: there the fault becomes `Err(`[`Fault`]`)` at the call, or, in a fn with
//! [`#[panic_on_fault]`](macro@crate::panic_on_fault), a panic there. Nothing is unwound or jumped over in the handler:
//! it has the thread go on at another instruction of the same routine.
//!
//! ```
//! use hooks_runtime::fault::{Access, GuardedMap};
//!
//! let path = std::env::temp_dir().join(format!("fault-{}", std::process::id()));
//! std::fs::write(&path, [7; 8192])?;
//! let file = std::fs::File::options().read(true).write(true).open(&path)?;
//! let map = GuardedMap::map_file(&file, Access::Read)?;
//! assert_eq!(map.get::<u8>(8000)?, 7);
//!
//! file.set_len(0)?; // by whomever
//! let fault = map.get::<u8>(8000).unwrap_err();
//! assert_eq!(fault.offset, 8000);
//! # std::fs::remove_file(path)?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is recovered
//! Faults at addresses of a [`GuardedMap`] by its own methods, and in [`with_slice`](GuardedMap::with_slice) a page that
//! was lost, by whatever code. A null pointer, a stray one, a stack overflow are bugs: they end the process with the
//! signal and the message that they would have without us.
//!
//! # Who has the signals
//! From the first map on this crate's handler has `SIGSEGV` and `SIGBUS`, in front of whatever was there. It hands on
//! what it does not recover: std's "has overflowed its stack" is still printed, a crash reporter installed before still
//! reports, and never sees a fault that was recovered. A signal that somebody *sent* (`kill -SEGV`) is handed on too; where
//! the previous handler is std's, or none, the process ends by it, as a C program would. Whoever steps in front of us
//! later would hear of recovered faults first, so we step in front again: checked when a map is made, at most once a
//! second where a scope or a slice begins, and by [`check_owner`], which a program calls after it has loaded libraries
//! that may do so. [`counts`] tells how often that was.
//!
//! Each thread that makes a map, or enters a scope or slice, is made ready for faults, and any other by
//! [`prepare_thread`]: it gets a signal stack of 64 KiB with a guard page behind it, unless it has one as large, and lets
//! the two signals through. Other threads have std's 8 KiB, which suffice for one signal at a time.
//!
//! # Limits
//! * Linux on x86-64 and 64-bit ARM; elsewhere every constructor returns [`std::io::ErrorKind::Unsupported`].
//! * The rest of the last page of a truncated file reads as zeros without a fault: the system has it so.
//! * System calls that are given a pointer into the map return `EFAULT` by themselves.
//! * A thread that blocks `SIGSEGV` or `SIGBUS` (`sigfillset`, as for `sigwait`, or as the mask of a handler) and then
//!   meets a fault: the kernel ends the process. Leave the two out of the set.
//! * A signal handler may copy from a map, and read and write single values, on a thread that is ready for faults. Slices
//!   and annotated fns are not for signal handlers.
//!
//! Go's hook: `debug.SetPanicOnFault`, which asks for every fault of a goroutine and so hides bugs.

mod access;
mod chunks;
mod error;
mod map;
mod plain_data;
mod reader;
pub(crate) mod scope;
mod slice;

#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod sys;
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
#[path = "unsupported.rs"]
mod sys;

pub use chunks::Chunks;
pub use error::{Fault, FaultKind};
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
