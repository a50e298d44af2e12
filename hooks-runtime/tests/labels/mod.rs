//! Labels: their values and bounds, where they are in force, and who sees them.

mod bounds;
mod carried;
#[cfg(all(target_os = "linux", not(miri)))]
mod coroutines;
mod evaluation;
mod nesting;
mod overflow;
mod polls;
mod sets;
mod signal;
mod spawn;
#[cfg(all(feature = "futures", feature = "http-body", feature = "tokio"))]
mod streams;
mod thread_end;
mod thread_hook;
mod types;
mod values;
