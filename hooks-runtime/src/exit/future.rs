//! A future whose polls are in a scope, which `exit_task` ends with the future's value.

use super::task::{enter, new_id};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What an annotated `async fn` returns.
pub struct ScopedFuture<F> {
    id: u64,
    site: &'static str,
    /// `None` when it is over.
    inner: Option<F>,
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn exit_scope_future<F>(site: &'static str, future: F) -> ScopedFuture<F>
where
    F: Future<Output: 'static>,
{
    ScopedFuture { id: new_id(), site, inner: Some(future) }
}

impl<F: Future<Output: 'static>> Future for ScopedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: `inner` is pinned with `self`: it is dropped in place and never moved out. There is no `Drop`, and
        // `Unpin` is derived from `F`'s.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let mut inner = unsafe { Pin::new_unchecked(&mut this.inner) };
        let future = inner.as_mut().as_pin_mut().expect("a future is not polled again when it is over");
        match enter(this.id, this.site, || future.poll(context)) {
            Ok(polled) => polled,
            Err(value) => {
                // What the unwinding has not dropped goes before the value is seen.
                inner.set(None);
                Poll::Ready(value)
            }
        }
    }
}
