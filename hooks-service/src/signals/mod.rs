//! The end of a service that was asked to end. Go: `signal.NotifyContext`.
//!
//! The first `SIGINT` or `SIGTERM` asks: [`Shutdown`] is cancelled, and the program drains and returns from `main`. The second
//! ends the process at once, as if nobody had caught it. A program that does not drain by its deadline says what still runs,
//! runs its flushers ([`mod@hooks_runtime::exit`]) and ends.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! let shutdown = hooks_service::signals::Shutdown::builder().drain_deadline(Duration::from_secs(30)).start()?;
//! while !shutdown.is_cancelled() {
//!     // take a request, answer it
//! }
//! // close what is open, then return from `main`
//! # Ok::<(), hooks_service::signals::Error>(())
//! ```
//!
//! Works without tokio. Handlers that others installed before (tokio's, signal-hook's) are called too, and theirs may be
//! installed after.
//!
//! # Which systems
//! Linux, tested, and the systems of Apple, untested. The module is not there on others.

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
