// Documented where it is declared, by docs/signals.md.
//
// In: signals, by `handler`, which notes and wakes. `watcher`, a thread, takes what was noted and decides it in `state`,
// which is one for all tokens (`shutdown`). Out: those who wait are told. From `process` come the place among other handlers and
// the end by a signal; from `stacks` the dump at the deadline, which nothing else here needs.

mod builder;
mod cause;
#[cfg_attr(not(any(target_os = "linux", target_vendor = "apple")), path = "unsupported.rs")]
mod handler;
mod shutdown;
mod state;
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod watcher;
/// In place of the thread where there are no signals to watch for.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
mod watcher {
    use super::{Error, ShutdownBuilder, state::State};

    pub(super) fn start(
        _: &std::sync::Arc<State>,
        _: &mut ShutdownBuilder,
    ) -> Result<std::thread::JoinHandle<()>, Error> {
        Err(Error::Unsupported)
    }
}

pub use builder::ShutdownBuilder;
pub use cause::{Cause, Error};
pub use shutdown::{Cancelled, Shutdown, shutdown};
