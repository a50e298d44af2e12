//! Runtime hooks for Rust, the application's side: what observes a service.
#[cfg(feature = "profile")]
pub mod profile;
#[cfg(all(feature = "signals", any(target_os = "linux", target_vendor = "apple")))]
pub mod signals;
#[cfg(feature = "symbols")]
#[cfg_attr(not(feature = "profile"), allow(dead_code, reason = "the profiler is the first user"))]
mod symbols;

/// The examples of the repository's pages run with the other documentation tests.
#[cfg(all(doctest, feature = "signals"))]
mod pages {
    #[doc = include_str!("../../docs/shutdown.md")]
    struct Shutdown;
}
