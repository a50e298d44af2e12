//! One map of the process's code for all who ask, made anew when libraries come or go.

use super::map::Code;
use super::pin;
use crate::process::PerProcess;
use std::sync::{Arc, Once};

static LATEST: PerProcess<Option<Arc<Code>>> = PerProcess::new();

/// The code that is loaded now. Costs a look at the dynamic linker's counters, and where libraries have come or gone the
/// time to read their tables: 10 to 80 ms for the first of all calls.
///
/// Not for signal handlers: those have [`Pin::code`](super::Pin::code).
pub(crate) fn current() -> Arc<Code> {
    LATEST.with(|latest| match latest {
        Some(code) if code.is_current() => Arc::clone(code),
        _ => renew(latest),
    })
}

/// As [`current`], but looks at everything, whatever the counters say.
#[cfg(test)]
pub(super) fn look_again() -> Arc<Code> {
    LATEST.with(renew)
}

fn renew(latest: &mut Option<Arc<Code>>) -> Arc<Code> {
    static REGISTER: Once = Once::new();
    // SAFETY: `forget_others` is async-signal-safe, which is what code in a forked child must be.
    REGISTER.call_once(|| _ = unsafe { libc::pthread_atfork(None, None, Some(pin::forget_others)) });
    let new = Arc::new(Code::after(latest.as_deref()));
    *latest = Some(Arc::clone(&new));
    pin::publish(Arc::clone(&new));
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_look_finds_the_same_map_and_its_unwinder() {
        let first = current();
        assert!(Arc::ptr_eq(&first, &current()), "nothing was loaded");
        let again = look_again();
        assert_eq!(again.edition, first.edition + 1);
        assert_eq!(again.modules().collect::<Vec<_>>(), first.modules().collect::<Vec<_>>());
        assert_eq!(again.modules_at(first.edition), first.modules().cloned().collect::<Vec<_>>());
        assert_eq!(again.modules_since(first.edition), (first.modules().cloned().collect(), 0));
    }
}
