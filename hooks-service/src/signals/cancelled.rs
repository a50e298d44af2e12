//! Awaiting a shutdown.

use super::Cause;
use super::hold::Hold;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future of [`Shutdown::cancelled`](super::Shutdown::cancelled). Runs on any executor. Holds the
/// shutdown as a token does.
///
/// # Cancel safety
/// Dropping it loses nothing: the next one is ready at once if the shutdown was cancelled meanwhile.
#[must_use = "a future does nothing before it is awaited"]
pub struct Cancelled {
    hold: Hold,
    place: Option<u64>,
}

impl Cancelled {
    pub(super) fn new(hold: Hold) -> Self {
        Self { hold, place: None }
    }
}

impl Future for Cancelled {
    type Output = Cause;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Cause> {
        let Self { hold, place } = &mut *self;
        hold.state().poll(place, context.waker()).map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Cancelled {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.hold.state().forget(place);
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}
