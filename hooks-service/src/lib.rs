//! [capture]: mod@capture
//! [crash]: mod@crash
//! [layer]: mod@layer
//! [profile]: mod@profile
//! [signal_handlers]: mod@signal_handlers
//! [signals]: mod@signals
//! [stacks]: mod@stacks
#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(
        feature = "axum",
        feature = "profile",
        feature = "stacks",
        feature = "crash",
        feature = "signals"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "a link to a module whose feature is off")
)]

// The page of a module is its documentation, as README.md is the crate's. The links of a page are to files; the definitions before it come first, and
// lead to the same places in rustdoc.

/// [readme]: crate
#[doc = include_str!("../docs/capture.md")]
#[cfg(feature = "capture")]
#[cfg_attr(
    not(all(feature = "profile", feature = "crash", sampler)),
    allow(dead_code, unused_imports, reason = "each observer uses a part of it")
)]
pub mod capture;
#[cfg(feature = "capture")]
#[cfg_attr(
    not(all(feature = "profile", feature = "crash", sampler)),
    allow(dead_code, unused_imports, reason = "the observers are its users")
)]
mod code;
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/crash.md")]
#[cfg(feature = "crash")]
#[cfg_attr(
    not(sampler),
    path = "crash/unsupported.rs",
    allow(dead_code, reason = "nothing is reported there")
)]
pub mod crash;
#[cfg(feature = "capture")]
#[cfg_attr(not(feature = "profile"), allow(dead_code, reason = "samples are filtered by them"))]
mod label;
/// [labeled]: macro@hooks_runtime::labeled
/// [profile]: crate::profile
/// [readme]: crate
#[doc = include_str!("../docs/layer.md")]
#[cfg(feature = "tower")]
pub mod layer;
#[cfg(feature = "capture")]
#[cfg_attr(
    not(all(feature = "profile", feature = "crash", sampler)),
    allow(dead_code, reason = "each observer uses a part of it")
)]
mod plain;
#[cfg(any(feature = "capture", feature = "signals"))]
#[cfg_attr(
    not(all(feature = "profile", feature = "crash", feature = "signals", sampler)),
    allow(dead_code, unused_imports, reason = "each observer uses a part of it")
)]
mod process;
/// [labeled]: macro@hooks_runtime::labeled
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/profile.md")]
#[cfg(any(feature = "profile", feature = "stacks"))]
#[cfg_attr(
    not(feature = "profile"),
    allow(dead_code, unused_imports, reason = "a dump uses the writers alone")
)]
pub mod profile;
#[cfg(any(feature = "profile", feature = "stacks"))]
#[cfg_attr(
    not(all(feature = "profile", sampler)),
    allow(dead_code, unused_imports, reason = "a dump is not sampled, and elsewhere nothing is")
)]
mod sampling;
/// [at_exit]: macro@hooks_runtime::at_exit
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/signals.md")]
#[cfg(feature = "signals")]
#[cfg_attr(
    not(any(target_os = "linux", target_vendor = "apple")),
    allow(dead_code, reason = "nothing is watched there")
)]
pub mod signals;
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/stacks.md")]
#[cfg(feature = "stacks")]
#[cfg_attr(not(sampler), allow(dead_code, unused_imports, reason = "nothing is captured there"))]
pub mod stacks;

/// [stacks]: crate::stacks
#[doc = include_str!("../docs/signal_handlers.md")]
#[cfg(doc)]
pub mod signal_handlers {}
