//! [capture]: mod@capture
//! [crash]: mod@crash
//! [layer]: mod@layer
//! [profile]: mod@profile
//! [signal_handlers]: mod@signal_handlers
//! [signals]: mod@signals
//! [spans]: mod@spans
//! [stacks]: mod@stacks
//! [trace]: mod@trace
#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(all(
        feature = "axum",
        feature = "profile",
        feature = "stacks",
        feature = "crash",
        feature = "signals",
        feature = "trace",
        feature = "tracing"
    )),
    allow(rustdoc::broken_intra_doc_links, reason = "a link to a module whose feature is off")
)]
#![cfg_attr(
    not(complete),
    allow(dead_code, unused_imports, reason = "each observer uses a part of what they share")
)]

// The page of a module is its documentation, as README.md is the crate's. The links of a page are to files; the definitions
// before it come first, and lead to the same places in rustdoc.

/// [readme]: crate
#[doc = include_str!("../docs/capture.md")]
#[cfg(feature = "capture")]
pub mod capture;
#[cfg(feature = "capture")]
mod code;
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/crash.md")]
#[cfg(feature = "crash")]
#[cfg_attr(not(sampler), path = "crash/unsupported.rs")]
pub mod crash;
#[cfg(feature = "capture")]
mod label;
/// [labeled]: macro@hooks_runtime::labeled
/// [profile]: crate::profile
/// [readme]: crate
#[doc = include_str!("../docs/layer.md")]
#[cfg(feature = "tower")]
pub mod layer;
#[cfg(feature = "capture")]
mod plain;
#[cfg(any(feature = "capture", feature = "signals", feature = "trace"))]
mod process;
/// [labeled]: macro@hooks_runtime::labeled
/// [layer]: crate::layer
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/profile.md")]
#[cfg(any(feature = "profile", feature = "stacks"))]
pub mod profile;
#[cfg(any(feature = "profile", feature = "stacks"))]
mod sampling;
/// [at_exit]: macro@hooks_runtime::at_exit
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/signals.md")]
#[cfg(feature = "signals")]
pub mod signals;
/// [labeled]: macro@hooks_runtime::labeled
/// [readme]: crate
#[doc = include_str!("../docs/spans.md")]
#[cfg(feature = "tracing")]
pub mod spans;
/// [crash]: crate::crash#what-a-report-looks-like
/// [readme]: crate
/// [signal_handlers]: crate::signal_handlers
#[doc = include_str!("../docs/stacks.md")]
#[cfg(feature = "stacks")]
pub mod stacks;

/// A trace of a call of this fn, in a file: `#[hooks_service::capture("slow.pftrace")]`.
///
/// Of an `async fn` it is from the first poll until its future ends or is dropped; of any other fn the call, also where it
/// returns a future. The file gets its name once it is whole. At most one call at a time is traced, and of those with the same
/// file one in 30 seconds (`interval = "2m"`); not while another [`Trace`](trace::Trace) runs. The calls that are not traced cost
/// a load and a look at the clock. Where the file cannot be written, standard error has a line, and the call goes on.
///
/// The call waits at its end for what is left to be written, some milliseconds.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// # std::env::set_current_dir(std::env::temp_dir())?;
/// #[hooks_service::capture("hooks-doc-slow.pftrace", interval = "1m")]
/// fn report(rows: u32) -> u32 {
///     rows * 2
/// }
///
/// assert_eq!(report(21), 42);
/// # std::fs::remove_file("hooks-doc-slow.pftrace")?;
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// ```compile_fail
/// #[hooks_service::capture] // the file is missing
/// fn report() {}
/// ```
///
/// `crate = ::path` says where this crate is, if a facade has it.
#[cfg(feature = "trace")]
pub use hooks_runtime::__attributes::capture;

/// [exit]: mod@hooks_runtime::exit
/// [readme]: crate
#[doc = include_str!("../docs/trace.md")]
#[cfg(feature = "trace")]
pub mod trace;

/// [stacks]: crate::stacks
#[doc = include_str!("../docs/signal_handlers.md")]
#[cfg(doc)]
pub mod signal_handlers {}

#[cfg(feature = "trace")]
#[doc(hidden)]
pub mod __private {
    //! What expansions call; nothing in here is for people, and any release may change it.
    pub use crate::trace::call::capture;
}
