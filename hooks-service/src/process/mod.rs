//! What there is once in a process, for all observers of it.
//!
//! In: nothing of this crate. Out: who handles a signal and whom he passes it on to ([`chain`]; what handlers of both crates
//! share is in hooks-runtime), whose a thing is after a fork ([`fork`], [`PerProcess`]), descriptors that others may have
//! closed ([`descriptor`]), what handlers wake threads by ([`Doorbell`]), what `/proc` says of threads ([`proc`]), events that
//! the kernel has of them ([`perf`]), files that are whole once they have their name ([`file`]), memory of our own, and locks
//! that outlive a panic ([`lock`]).
#[cfg(all(
    any(feature = "signals", feature = "stacks", feature = "trace"),
    any(target_os = "linux", target_vendor = "apple")
))]
pub(crate) mod chain;
#[cfg(target_os = "linux")]
pub(crate) mod descriptor;
#[cfg(any(feature = "signals", feature = "stacks", feature = "trace"))]
mod doorbell;
pub(crate) mod file;
pub(crate) mod fork;
#[cfg(sampler)]
mod memory;
mod per_process;
#[cfg(target_os = "linux")]
pub(crate) mod perf;
#[cfg(target_os = "linux")]
pub(crate) mod proc;
#[cfg(any(feature = "stacks", feature = "trace"))]
pub(crate) mod utc;

#[cfg(any(feature = "signals", feature = "stacks", feature = "trace"))]
pub(crate) use doorbell::Doorbell;
#[cfg(any(feature = "profile", feature = "signals", feature = "trace"))]
pub(crate) use hooks_runtime::__service::say;
#[cfg(all(
    any(feature = "signals", feature = "stacks", feature = "trace"),
    any(target_os = "linux", target_vendor = "apple")
))]
use hooks_runtime::__service::signals::delivery;
#[cfg(unix)]
pub(crate) use hooks_runtime::__service::signals::{action, handler, stack};
#[cfg(sampler)]
pub(crate) use memory::{Mapping, to_usize};
pub(crate) use per_process::PerProcess;
#[cfg(target_os = "linux")]
pub(crate) use proc::{born, own_id, thread_ids};
#[cfg(sampler)]
pub(crate) use stack::page_size;

/// Locks, also after a panic of whoever had the lock before: what it guards is whole between any two calls.
#[cfg(any(feature = "profile", feature = "stacks", feature = "trace"))]
pub(crate) fn lock<T: ?Sized>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
