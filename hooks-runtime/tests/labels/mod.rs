//! Labels: their values and bounds, where they are in force, and who sees them.

mod bounds;
#[cfg(all(target_os = "linux", not(miri)))]
mod coroutines;
mod evaluation;
mod nesting;
mod overflow;
mod polls;
mod sets;
mod signal;
mod spawn;
mod thread_end;
mod thread_hook;
mod types;
mod values;
