//! What observers of threads share: the registers of an interrupted thread, the loaded code and how to unwind it, labels as a
//! handler leaves them.
#[cfg(any(feature = "profile", feature = "stacks"))]
mod label_bytes;
mod machine;
mod memory;
pub(crate) mod modules;
mod thread_id;
mod unwinder;

#[cfg(any(feature = "profile", feature = "stacks"))]
pub(crate) use label_bytes::{LabelBytes, decode_labels};
pub(crate) use machine::{Interrupted, Registers, call_on_stack, thread_pointer};
pub(crate) use memory::{Mapping, page_size, to_usize};
pub(crate) use thread_id::{born, own_id, thread_ids};
pub(crate) use unwinder::{Cache, End, Unwinder};
