//! Where a thread is: its registers, the stack they lead to, and the labels in force, left as bytes by a handler.
//!
//! In: registers, from a signal's context. Out: program counters, innermost first, and encoded labels. It knows the code
//! that is loaded through [`code`](crate::code), and none of those who ask.
mod copied;
mod label_bytes;
mod live;
mod machine;
mod scratch;
mod walk;

pub(crate) use copied::Copied;
pub(crate) use label_bytes::{LabelBytes, decode_labels};
pub(crate) use live::{Live, PAGE, Way, own_stack};
pub(crate) use machine::{Interrupted, Registers, call_on_stack, thread_pointer};
pub(crate) use scratch::{Claim, Pool, Tools, pool, prepare};
pub(crate) use walk::{End, walk};

/// Whether labels lie in thread-local storage that is there from the start of each thread, so that a handler's look
/// allocates nothing: it is so unless this crate was loaded by `dlopen`.
pub(crate) fn labels_are_readable() -> bool {
    crate::code::objects::in_main_program(labels_are_readable as fn() -> bool as usize)
}
