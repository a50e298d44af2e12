//! What the process is to the kernel: its threads' numbers and memory of its own.
//!
//! In: nothing of this crate. Out: ids of threads, mappings, sizes of pages. Everything else is built upon it.
mod memory;
mod thread_id;

pub(crate) use memory::{Mapping, page_size, to_usize};
pub(crate) use thread_id::{born, own_id, thread_ids};
