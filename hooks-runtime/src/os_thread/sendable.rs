//! What goes to another thread, checked argument by argument, so that the compiler points at the one that may not.

/// Emitted for each argument of an `async fn`.
#[inline]
pub fn carried<T: Send + 'static>(_argument: &T) {}

/// Emitted for each argument of a sync fn whose caller waits.
#[inline]
pub fn sent<T: Send>(_argument: &T) {}
