//! Why a profile could not be taken.

use crate::profile::{SamplerError, WriteError};
use std::io;

/// Why a profile could not be started, read or stopped.
///
/// ```
/// use hooks_service::profile::{CpuProfile, Error, SamplerError};
///
/// let refused = CpuProfile::builder().frequency(0).start();
/// assert!(matches!(refused, Err(Error::Sampler(SamplerError::Frequency { hz: 0 }))));
/// let refused = CpuProfile::builder().write_on_drop("cpu.json").start().unwrap_err();
/// assert!(refused.to_string().starts_with("cpu.json: the name of a profile ends with .pb.gz"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Threads cannot be sampled.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// Profiles were to be handed out with no time between them.
    #[error("the interval between two profiles is zero: nothing can be sampled in it")]
    Interval,
    /// The thread that hands out profiles could not be started.
    #[error("the thread that hands out profiles could not be started: {0}")]
    Thread(#[source] io::Error),
    /// The profile is to be written to a file whose name says no format.
    #[error(transparent)]
    FileName(WriteError),
}
