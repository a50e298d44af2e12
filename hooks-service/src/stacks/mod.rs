// Documented where it is declared, by docs/stacks.md.
//
// In: the list of threads, each of which `ask` has copy its registers, labels and stack; the futures that wait, as
// hooks-runtime's table has them (`tasks`); a signal that wants a dump (`request`). Out: a `Dump`, that can be written. From
// `capture` come how a stack is walked, from `code` names, from `profile` what writes pprof and folded stacks, from `process` what
// `/proc` says. Crash reports use `ask::one`.

mod capture;
mod dump;
mod error;
mod folded;
mod on_signal;
mod pprof;
mod target;
mod tasks;
mod text;

#[cfg(sampler)]
mod ask;
#[cfg(sampler)]
mod request;
#[cfg(sampler)]
mod spare;
#[cfg(not(sampler))]
mod unsupported;
#[cfg(not(sampler))]
use unsupported::{ask, request};

pub use crate::label::{Label, LabelValue};
pub use capture::{Capture, capture, prepare, signal, watch_tasks};
pub use dump::{Answer, Dump, Frame, Pauses, State, Thread};
pub use error::Error;
pub use on_signal::{OnSignal, on_signal};
pub use request::Requests;
pub use target::{Counts, Target};
pub use tasks::{LabelShare, Place, TaskGroup, Tasks};

#[cfg(all(feature = "crash", sampler))]
pub(crate) use ask::{ThreadAnswer, ask};
