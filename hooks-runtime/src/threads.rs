//! Threads of our own.

use std::io;
use std::thread::Builder;

/// Starts a thread that nobody joins. The body is boxed, so that all that a start is made of is compiled once, and not
/// for each body.
pub(crate) fn start(thread: Builder, body: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread.spawn(body).map(drop)
}
