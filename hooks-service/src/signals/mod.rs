// Documented where it is declared, by docs/signals.md.

mod builder;
mod cancelled;
mod cause;
mod error;
mod handler;
mod hold;
mod one;
mod overdue;
mod running;
mod shutdown;
mod state;
mod watcher;

pub use builder::ShutdownBuilder;
pub use cancelled::Cancelled;
pub use cause::Cause;
pub use error::Error;
pub use shutdown::{Shutdown, shutdown};
