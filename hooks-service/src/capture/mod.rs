//! Where a thread is: its registers, the stack they lead to, and the labels in force, left as bytes by a handler.
//!
//! In: registers, from a signal's context. Out: program counters, innermost first, and encoded labels. It knows the code
//! that is loaded through [`code`](crate::code), and none of those who ask.
#[cfg(any(feature = "profile", feature = "stacks"))]
mod label_bytes;
mod machine;
mod walk;

#[cfg(any(feature = "profile", feature = "stacks"))]
pub(crate) use label_bytes::{LabelBytes, decode_labels};
pub(crate) use machine::{Interrupted, Registers, call_on_stack, thread_pointer};
pub(crate) use walk::{End, walk};
