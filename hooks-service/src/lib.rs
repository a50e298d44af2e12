//! Runtime hooks for Rust, the application's side: what observes a service.
#[cfg(all(any(feature = "signals", feature = "stacks"), any(target_os = "linux", target_vendor = "apple")))]
mod chained;
#[cfg(feature = "crash")]
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
compile_error!("the feature `crash` of hooks-service is for Linux on x86-64 and aarch64");
#[cfg(all(feature = "crash", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub mod crash;
#[cfg(any(feature = "profile", feature = "stacks"))]
mod folded;
#[cfg(any(feature = "profile", feature = "stacks"))]
#[cfg_attr(not(feature = "profile"), allow(dead_code, reason = "samples are filtered by them"))]
mod label;
#[cfg(all(feature = "stacks", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod open_file;
#[cfg(any(feature = "profile", feature = "stacks"))]
mod pprof;
#[cfg(feature = "profile")]
pub mod profile;
#[cfg(all(
    any(feature = "profile", feature = "stacks", feature = "crash", feature = "signals"),
    any(target_os = "linux", target_vendor = "apple")
))]
#[cfg_attr(
    not(all(feature = "profile", feature = "crash", feature = "signals", target_os = "linux")),
    allow(dead_code, reason = "each handler uses a part of it")
)]
mod signal_handler;
#[cfg(all(feature = "signals", any(target_os = "linux", target_vendor = "apple")))]
pub mod signals;
#[cfg(feature = "stacks")]
#[cfg_attr(
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))),
    allow(dead_code, unused_imports, reason = "nothing is captured there")
)]
pub mod stacks;
#[cfg(feature = "symbols")]
#[cfg_attr(
    not(any(feature = "profile", feature = "stacks", feature = "crash")),
    allow(dead_code, reason = "the observers are its users")
)]
mod symbols;

#[cfg(all(
    any(feature = "profile", feature = "stacks", feature = "crash"),
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[cfg_attr(
    not(all(feature = "profile", feature = "stacks")),
    allow(dead_code, unused_imports, reason = "each observer uses a part of it")
)]
mod unwind;

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
