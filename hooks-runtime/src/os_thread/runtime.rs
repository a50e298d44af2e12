//! The caller's async runtime, taken along to another thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// None, where the caller is in none.
pub(super) struct Runtime {
    #[cfg(feature = "tokio")]
    handle: Option<tokio::runtime::Handle>,
}

#[cfg(feature = "tokio")]
impl Runtime {
    pub(super) fn current() -> Runtime {
        Runtime { handle: tokio::runtime::Handle::try_current().ok() }
    }

    /// Polls `future` on this thread to its end, with timers and IO of the runtime.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.handle {
            Some(handle) => handle.block_on(future),
            None => block_on(future),
        }
    }

    pub(super) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.handle.as_ref().map(tokio::runtime::Handle::enter);
        work()
    }
}

#[cfg(not(feature = "tokio"))]
impl Runtime {
    pub(super) fn current() -> Runtime {
        Runtime {}
    }

    #[allow(clippy::unused_self)]
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        block_on(future)
    }

    #[allow(clippy::unused_self)]
    pub(super) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Whether this thread polls the futures of a runtime already.
pub(super) fn is_inside_runtime() -> bool {
    #[cfg(feature = "tokio")]
    return tokio::runtime::Handle::try_current().is_ok();
    #[cfg(not(feature = "tokio"))]
    false
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
