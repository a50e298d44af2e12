// In: registers, from a signal's context or of the calling thread. Out: program counters, innermost first, and labels as
// bytes; for users `Callers`, with names. It knows the code that is loaded through `code`, and none of those who ask: the
// sampler, dumps and crash reports.
mod caller;
mod callers;
mod error;
mod frame;
mod label_bytes;
mod labelled_callers;
mod names;

#[cfg(sampler)]
mod here;
#[cfg(not(sampler))]
#[path = "unsupported.rs"]
mod here;
#[cfg(sampler)]
mod machine;
#[cfg(sampler)]
mod memory;
#[cfg(sampler)]
mod scratch;
#[cfg(sampler)]
mod walk;

pub use crate::label::{Label, LabelValue};
pub use caller::Caller;
pub use callers::Callers;
pub use error::{Error, Extent};
pub use frame::Frame;
pub use labelled_callers::LabelledCallers;
pub use names::function_at;

pub(crate) use label_bytes::{LabelBytes, decode_labels};
#[cfg(sampler)]
pub(crate) use machine::{Interruption, Registers, call_on_stack, thread_pointer};
#[cfg(sampler)]
pub(crate) use memory::{Live, PAGE, StackCopy, Way, own_stack};
#[cfg(sampler)]
pub(crate) use scratch::{Claim, Pool, Tools, pool, scratches};
#[cfg(sampler)]
pub(crate) use walk::{End, walk};

/// Makes everything ready that [`Callers::here`] needs, so that the first call takes no longer than any: reads the unwind
/// tables of what is loaded, 0.5 to 80 ms. Without it the first call does. May be called again, and costs a look then.
///
/// ```
/// # #[cfg(target_os = "linux")]
/// hooks_service::capture::prepare()?; // at the start of main
/// # Ok::<(), hooks_service::capture::Error>(())
/// ```
///
/// # Errors
/// [`Error::Unsupported`] on other systems than Linux on x86-64 and aarch64, [`Error::Kernel`] where there is no memory.
pub fn prepare() -> Result<(), Error> {
    here::prepare()
}
