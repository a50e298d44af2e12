//! Whose `SIGPROF` is: ours while somebody samples, ignored afterwards, and what is seen of others who take it over.

use super::handler;
use crate::process::handler::all_but;
use crate::process::{action, lock};
use crate::sampling::error::Error;
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Refuses if someone else handles `SIGPROF`.
pub(super) fn check_owner() -> Result<(), Error> {
    match other()? {
        Some(handler) if !matches!(handler, libc::SIG_DFL | libc::SIG_IGN) => {
            Err(Error::ForeignHandler { handler })
        }
        _ => Ok(()),
    }
}

/// Has our handler called.
pub(super) fn take() -> Result<(), Error> {
    set(ours())
}

/// Has `SIGPROF` ignored: a late one would end the process. A handler that someone else installed meanwhile is left in place.
pub(super) fn give_back() {
    if other().is_ok_and(|other| other.is_none()) {
        let _ = set(libc::SIG_IGN);
    }
}

/// What is done at `SIGPROF`, if it is not our handler that is called.
fn other() -> Result<Option<libc::sighandler_t>, Error> {
    let current = action::current(libc::SIGPROF).map_err(Error::kernel("sigaction"))?.sa_sigaction;
    Ok((current != ours()).then_some(current))
}

fn ours() -> libc::sighandler_t {
    handler::handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as libc::sighandler_t
}

fn set(handler: libc::sighandler_t) -> Result<(), Error> {
    // SAFETY: plain data, all zeroes are valid.
    let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART | libc::SA_ONSTACK;
    // All signals stay blocked while the handler runs: it leaves the alternate stack for one of
    // its own, and the kernel would hand the alternate stack to the next signal as if it were free.
    action.sa_mask = all_but([]);
    // SAFETY: the handler has the signature that SA_SIGINFO asks for (or is SIG_IGN) and stays in memory.
    unsafe { action::set(libc::SIGPROF, &action) }.map(drop).map_err(Error::kernel("sigaction"))
}

/// For how long others had the signal since the collector started.
#[derive(Default)]
pub(super) struct Takeover(Mutex<State>);

#[derive(Default)]
struct State {
    last_look: Option<Instant>,
    handler: usize,
    time: Duration,
}

impl Takeover {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// The handler was installed: looks count from now on.
    pub(super) fn begin(&self) {
        self.lock().last_look = Some(Instant::now());
    }

    /// The signal is given back: looks count no more.
    pub(super) fn end(&self) {
        self.lock().last_look = None;
    }

    /// Looks whose the signal is. The time since the last look goes to whoever has it now. Returns their time so far, and the
    /// last foreign handler.
    pub(super) fn look(&self) -> (Duration, usize) {
        let now = Instant::now();
        let mut state = self.lock();
        if let Some(before) = state.last_look {
            state.last_look = Some(now);
            if let Ok(Some(handler)) = other() {
                state.handler = handler;
                state.time += now - before;
            }
        }
        (state.time, state.handler)
    }
}
