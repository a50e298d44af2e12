//! What the program is told: by a closure of its own, or else by a line on standard error.

use crate::mutex::lock_unless_orphaned;
use crate::panics::contain;
use std::fmt::{self, Display};
#[cfg(all(unix, not(miri)))]
use std::fs::File;
use std::io::{self, Write};
#[cfg(all(unix, not(miri)))]
use std::mem::ManuallyDrop;
#[cfg(all(unix, not(miri)))]
use std::os::fd::FromRawFd;
use std::sync::{Arc, Mutex};

type Call<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// One sort of news.
pub(crate) struct Hook<T> {
    /// The closure that an `on_..` has set last.
    call: Mutex<Option<Call<T>>>,
}

impl<T> Hook<T> {
    pub(crate) const fn new() -> Self {
        Hook { call: Mutex::new(None) }
    }

    /// Takes the place of the one before.
    pub(crate) fn set(&self, hook: impl Fn(&T) + Send + Sync + 'static) {
        let hook: Call<T> = Arc::new(hook);
        let earlier = lock_unless_orphaned(&self.call).and_then(|mut call| call.replace(hook));
        // Outside of the lock: what it captured may run anything when dropped.
        drop(earlier);
    }

    pub(crate) fn is_set(&self) -> bool {
        lock_unless_orphaned(&self.call).is_some_and(|call| call.is_some())
    }

    /// Calls the closure, whose panic ends here; `false` where none is set.
    pub(crate) fn call(&self, news: &T) -> bool {
        let hook = lock_unless_orphaned(&self.call).and_then(|call| call.clone());
        let is_set = hook.is_some();
        if let Some(hook) = hook {
            contain(|| hook(news));
        }
        is_set
    }

    /// Calls the closure. Where none is set a line goes to standard error if it `is_worth_a_line`.
    #[cold]
    pub(crate) fn tell(&self, news: &T, is_worth_a_line: bool)
    where
        T: Display,
    {
        if !self.call(news) && is_worth_a_line {
            say(format_args!("{news}"));
        }
    }
}

/// Writes a line to standard error, in one piece. Unlike `eprintln!` it does not panic where that is closed: nothing can be
/// done there, and those who call it run in destructors, at the exit, or are about to end the process.
///
/// Nor does it wait for ever: std's lock may be held by a thread that is stuck in a write, or that a forked child has not got.
pub fn say(line: fmt::Arguments<'_>) {
    drop(write(&format!("hooks: {line}\n")));
}

#[cfg(all(unix, not(miri)))]
fn write(line: &str) -> io::Result<()> {
    if !is_writable() {
        return Ok(());
    }
    // SAFETY: the number of standard error, which is not closed here. Where the program has closed it, the write is an error.
    let stderr = ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDERR_FILENO) });
    (&*stderr).write_all(line.as_bytes())
}

/// Within a second: a pipe that nobody reads any more is full for good.
#[cfg(all(unix, not(miri)))]
fn is_writable() -> bool {
    let mut stderr = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one entry, a local.
    unsafe { libc::poll(&raw mut stderr, 1, 1000) != 0 }
}

#[cfg(not(all(unix, not(miri))))]
fn write(line: &str) -> io::Result<()> {
    io::stderr().write_all(line.as_bytes())
}
