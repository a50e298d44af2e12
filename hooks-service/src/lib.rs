//! Runtime hooks for Rust, the application's side: what observes a service.
#[cfg(any(feature = "profile", feature = "stacks"))]
mod folded;
#[cfg(any(feature = "profile", feature = "stacks"))]
mod label;
#[cfg(any(feature = "profile", feature = "stacks"))]
mod pprof;
#[cfg(feature = "profile")]
pub mod profile;
#[cfg(feature = "symbols")]
#[cfg_attr(
    not(any(feature = "profile", feature = "stacks")),
    allow(dead_code, reason = "the observers are its users")
)]
mod symbols;
#[cfg(all(
    any(feature = "profile", feature = "stacks"),
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[cfg_attr(not(feature = "profile"), allow(dead_code, reason = "some of it is the profiler's only"))]
mod unwind;
