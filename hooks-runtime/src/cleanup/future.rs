//! A future with a cleanup, for a fn that builds its future by hand.

use super::guard::Guard;
use super::outcome::Outcome;
use std::future::Future;

/// The cleanup runs when the future has its value, or is dropped.
pub async fn guarded<A, C, F: Future>(guard: Guard<A, C>, future: F) -> F::Output {
    let output = future.await;
    drop(guard);
    output
}

/// The same, for a cleanup with `on`.
pub async fn guarded_outcome<A, C, F: Future<Output: Outcome>>(guard: Guard<A, C>, future: F) -> F::Output {
    let output = future.await;
    guard.settle(&output);
    drop(guard);
    output
}
