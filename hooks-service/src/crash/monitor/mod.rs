//! A second process that watches this one: it is the same program, started again, and ends with it.
//!
//! In: of the process that dies, messages (`wire`) on a socket, and its stderr where it is to be copied. Out: names for the
//! addresses of its report, a line where it left none, and the program's own function, called with both. `start` runs in the
//! process that is watched, all else in the monitor, which `entry` makes of the program.

mod before_main;
mod death;
mod entry;
mod names;
mod received;
mod start;
mod tee;
mod trace;
mod watch;

pub use entry::{monitor_entry, monitor_entry_with};
pub(super) use start::start;
