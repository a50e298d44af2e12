//! What the tests share.

#[cfg(target_os = "linux")]
pub(crate) mod child;
#[cfg(unix)]
pub(crate) mod forked;
pub(crate) mod itself;
#[cfg(target_os = "linux")]
pub(crate) mod mapped;
#[cfg(target_os = "linux")]
pub(crate) mod signals;
#[cfg(target_os = "linux")]
pub(crate) mod thread_state;
