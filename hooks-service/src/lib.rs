//! Runtime hooks for Rust, the application's side: what observes a service.
#[cfg(all(any(feature = "profile", feature = "stacks", feature = "crash"), sampler))]
#[cfg_attr(
    not(all(feature = "profile", feature = "stacks")),
    allow(dead_code, unused_imports, reason = "each observer uses a part of it")
)]
mod capture;
#[cfg(feature = "symbols")]
#[cfg_attr(
    not(all(feature = "profile", feature = "stacks", feature = "crash")),
    allow(dead_code, unused_imports, reason = "the observers are its users")
)]
mod code;
#[cfg(feature = "crash")]
#[cfg(not(sampler))]
compile_error!("the feature `crash` of hooks-service is for Linux on x86-64 and aarch64");
#[cfg(all(feature = "crash", sampler))]
pub mod crash;
#[cfg(any(feature = "profile", feature = "stacks"))]
#[cfg_attr(not(feature = "profile"), allow(dead_code, reason = "samples are filtered by them"))]
mod label;
#[cfg(any(feature = "profile", feature = "stacks", feature = "signals"))]
#[allow(dead_code, unused_imports, reason = "each observer uses a part of it")]
mod process;
#[cfg(any(feature = "profile", feature = "stacks"))]
#[cfg_attr(
    not(feature = "profile"),
    allow(dead_code, unused_imports, reason = "a dump uses the writers alone")
)]
pub mod profile;
#[cfg(all(feature = "profile", sampler))]
mod sampling;
#[cfg(all(feature = "profile", not(sampler)))]
#[path = "sampling/unsupported.rs"]
mod sampling;
#[cfg(all(feature = "signals", any(target_os = "linux", target_vendor = "apple")))]
pub mod signals;
#[cfg(feature = "stacks")]
#[cfg_attr(not(sampler), allow(dead_code, unused_imports, reason = "nothing is captured there"))]
pub mod stacks;

/// The examples of the repository's pages are compiled, and run, with the other documentation tests.
#[cfg(doctest)]
mod pages {
    #[cfg(feature = "signals")]
    #[doc = include_str!("../docs/shutdown.md")]
    struct Shutdown;
    #[cfg(all(feature = "stacks", target_os = "linux"))]
    #[doc = include_str!("../docs/stacks.md")]
    struct Stacks;
}
