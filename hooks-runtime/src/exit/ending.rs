//! The last part of the way out, which is libc's: `exit` in it (in the destructor of a thread-local, in a handler that
//! was given to `atexit`) cannot begin it anew. The standard library would abort.

use crate::mutex::lock;
use crate::process;
use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Mutex;

/// What the process ends with, where that is known.
static STATUS: Mutex<Option<i32>> = Mutex::new(None);

thread_local! {
    /// This thread ends the process, and is in that.
    static HAS_BEGUN: Cell<bool> = const { Cell::new(false) };
    /// Destroyed before whatever has a destructor and was there earlier.
    static LAST: Last = const { Last };
}

struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        HAS_BEGUN.set(true);
    }
}

extern "C" fn at_exit() {
    HAS_BEGUN.set(true);
}

/// It begins now, on this thread.
pub(super) fn begin(status: i32) {
    *lock(&STATUS) = Some(status);
    HAS_BEGUN.set(true);
}

/// It begins when `main`, which is on this thread, has returned.
pub(super) fn begin_after_main(status: Option<i32>) {
    *lock(&STATUS) = status;
    // Where it is gone already the thread is ending: a `main` that a destructor has called.
    let _ = LAST.try_with(|_| ());
    // For where `main`'s thread-locals are not destroyed.
    process::at_exit(at_exit);
}

pub(super) fn has_begun() -> bool {
    HAS_BEGUN.get()
}

/// Cuts the rest short: with the status that stands, or `code` where a `main`'s is not known.
pub(super) fn cut_short(code: i32) -> ! {
    let status = lock(&STATUS).unwrap_or(code);
    // SAFETY: it writes what C's streams hold.
    unsafe { libc::fflush(std::ptr::null_mut()) };
    // SAFETY: it ends the process.
    unsafe { libc::_exit(status) }
}

/// What `main` returns, and whose status is known.
pub trait Ending {
    /// What the process ends with.
    fn status(&self) -> i32;
}

impl Ending for () {
    fn status(&self) -> i32 {
        0
    }
}

impl Ending for ExitCode {
    /// There is no way to ask it.
    fn status(&self) -> i32 {
        let text = format!("{self:?}");
        let is_it = |status: &u8| format!("{:?}", ExitCode::from(*status)) == text;
        (0..=u8::MAX).find(is_it).map_or(1, i32::from)
    }
}

impl<T: Ending, E> Ending for Result<T, E> {
    fn status(&self) -> i32 {
        self.as_ref().map_or(1, T::status)
    }
}

/// Asks for the status of a value of any type; the expansion does.
pub struct Ended<'a, R>(pub &'a R);

impl<R: Ending> Ended<'_, R> {
    /// The status.
    pub fn status(&self) -> Option<i32> {
        Some(self.0.status())
    }
}

/// For types with a `Termination` of their own; the method above comes before this one.
pub trait UnknownStatus {
    /// Not known.
    fn status(&self) -> Option<i32> {
        None
    }
}

impl<R> UnknownStatus for Ended<'_, R> {}

#[cfg(test)]
mod tests {
    use super::{Ended, UnknownStatus as _};
    use std::process::ExitCode;

    #[test]
    fn what_main_returns_has_the_status_that_the_standard_library_makes_of_it() {
        struct Own;
        assert_eq!(Ended(&()).status(), Some(0));
        assert_eq!(Ended(&ExitCode::FAILURE).status(), Some(1));
        assert_eq!(Ended(&Ok::<_, Own>(ExitCode::from(201))).status(), Some(201));
        assert_eq!(Ended(&Err::<(), _>(Own)).status(), Some(1));
        assert_eq!(Ended(&Own).status(), None);
    }
}
