//! What of faults is the system's and the machine's: 64-bit Linux on x86-64 and ARM.
//!
//! In: addresses of registered ranges (`slot`, `memory`), copies between them and others (`copy`, by the `machine`'s
//! routines), and `SIGSEGV` and `SIGBUS` of each `thread`, which `owner` takes for the `handler`.
//! Out: how many bytes were not copied and why (`routine`), zeros in the place of lost pages; all other faults go on
//! to the `predecessor` of our handler, whose `library` stays loaded.

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
mod machine;

mod copy;
mod handler;
mod library;
mod memory;
mod owner;
mod predecessor;
mod routine;
mod slot;
mod thread;

pub(super) use copy::{ROUTINES, SHORT, lost_any, read, write};
pub(super) use memory::Memory;
pub use owner::Displaced;
pub(super) use owner::{check_owner, counts};
pub(super) use routine::{Kind, Outcome};
pub(super) use slot::Slot;
pub(super) use thread::{prepare, prepare_thread, prepare_thread_now_and_then};

pub mod interface {
    //! For `hooks-service`, whose crash report knows of us. Any release may change it.
    pub use super::owner::step_in_front;
}
