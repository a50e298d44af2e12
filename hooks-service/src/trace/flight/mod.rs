//! The last seconds, always at hand.
//!
//! In: the area that threads record into. Out: a `snapshot` of it, whose `window` is no older and no larger than it may be; and,
//! where a trigger trips (of the API, or noted by `noted` for a signal's `handler`, a panic, a slow region or the `watchdog`), one
//! in a file of the `folder`, written by the thread of the `recorder`.

mod builder;
mod folder;
#[cfg_attr(not(any(target_os = "linux", target_vendor = "apple")), path = "unsupported.rs")]
mod handler;
mod hooks;
mod noted;
mod recorder;
mod snapshot;
mod watchdog;
mod window;

pub use builder::FlightRecorderBuilder;
pub use recorder::{FlightCounts, FlightRecorder};
pub use snapshot::Snapshot;
