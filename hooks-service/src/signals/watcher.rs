//! The thread between the signal handler and those who wait: it may lock, allocate and take its time. What catches the
//! signals, and what is done at the deadline.

use super::builder::{Overdue, ShutdownBuilder};
use super::cause::{Cause, Error};
use super::handler::{self, BELL, asked, deliver, give_back};
use super::state::{Audience, State};
use crate::process::action::current;
use crate::process::chain::may_ask;
use crate::process::say;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Catches the signals, all or none, and starts the thread. The program's own fn is taken out of the builder for that alone:
/// what it holds may be a token, which is not to go under the lock that this runs under.
pub(super) fn start(state: &Arc<State>, builder: &mut ShutdownBuilder) -> Result<JoinHandle<()>, Error> {
    let (mut signals, same_request) = (builder.signals.clone(), builder.same_request);
    // Before any is caught.
    signals
        .iter()
        .try_for_each(|&signal| may_ask(signal).map_err(|source| Error::Signal { signal, source }))?;
    signals.retain(|signal| !is_ignored(*signal));
    let same_request = u64::try_from(same_request.as_millis()).unwrap_or(u64::MAX);
    handler::open(&signals, same_request);
    for &signal in &signals {
        let caught = handler::CHAIN.install(signal);
        caught.map_err(|source| Error::Signal { signal, source }).inspect_err(|_| deliver(give_back()))?;
    }
    let state = Arc::clone(state);
    let overdue = builder.drain_deadline.map(|deadline| (deadline, std::mem::take(&mut builder.overdue)));
    let run = move || {
        // Only now: one that waits already would have ended the process before they were caught.
        let_through(&signals);
        watch(&state, overdue);
    };
    let thread = Builder::new().name("hooks-shutdown".to_owned()).spawn(run);
    let thread = thread.map_err(|source| Error::Kernel { call: "pthread_create", source });
    thread.inspect_err(|_| deliver(give_back()))
}

/// Whoever started the program has it ignore the signal: `nohup`, or a shell that put it in the background. Who ignores it over
/// our handler came later.
fn is_ignored(signal: i32) -> bool {
    let ignored = current(signal).is_ok_and(|now| now.sa_sigaction == libc::SIG_IGN);
    ignored && !handler::CHAIN.was_installed(signal)
}

/// What a parent blocks is blocked in every thread that does not say otherwise, and then nobody hears it. Go: the runtime's
/// threads do the same.
fn let_through(signals: &[i32]) {
    // SAFETY: a set of zeros is valid; the calls change the local and this thread's own mask.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for &signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
}

/// Stays until it is stopped, also without a deadline: it may be the only thread that lets the second signal through.
fn watch(state: &State, overdue: Option<(Duration, Overdue)>) {
    let Some(cause) = first_cause(state) else { return };
    if let Some(audience) = state.decide(cause) {
        tell_aside(audience);
    }
    // One that is further away than the clock counts is none.
    let end = overdue.as_ref().and_then(|(deadline, _)| Instant::now().checked_add(*deadline));
    let left = || end.map(|end| end.saturating_duration_since(Instant::now()));
    while left() != Some(Duration::ZERO) {
        let rung = BELL.count();
        if state.is_stopped() {
            return;
        }
        BELL.wait(rung, left());
    }
    if let Some((deadline, overdue)) = overdue {
        end_overdue(deadline, overdue, cause);
    }
}

/// On a thread of its own: a callback that hangs must not put the deadline off, nor hold up `stop`.
fn tell_aside(audience: Audience) {
    let audience = Arc::new(Mutex::new(Some(audience)));
    let tell = |audience: &Mutex<Option<Audience>>| {
        if let Some(audience) = audience.lock().unwrap_or_else(PoisonError::into_inner).take() {
            audience.tell();
        }
    };
    let aside = Arc::clone(&audience);
    if Builder::new().name("hooks-cancelled".to_owned()).spawn(move || tell(&aside)).is_err() {
        tell(&audience);
    }
}

/// None: the watcher is to end.
fn first_cause(state: &State) -> Option<Cause> {
    loop {
        let rung = BELL.count();
        if state.is_stopped() {
            return None;
        }
        if let Some(signal) = asked() {
            return Some(Cause::Signal(signal));
        }
        if state.is_requested() {
            return Some(Cause::Requested);
        }
        BELL.wait(rung, None);
    }
}

/// For what is told of a process that hangs: a lock that it hangs in must not keep it alive.
const TELLING: Duration = Duration::from_secs(10);

/// Says what still runs, runs the flushers, ends the process.
fn end_overdue(deadline: Duration, Overdue { status, report }: Overdue, cause: Cause) -> ! {
    within(TELLING, move || {
        say(format_args!("{} s after {cause} the process still runs; ending it", deadline.as_secs_f64()));
        if let Some(report) = report {
            report(cause);
        }
        tell_what_runs();
    });
    let status = status.unwrap_or_else(|| match cause.exit_status() {
        0 => 1,
        status => status,
    });
    hooks_runtime::exit(i32::from(status))
}

/// Waits for `work`, on a thread of its own, until it returns or panics, and no longer than `limit`.
fn within(limit: Duration, work: impl FnOnce() + Send + 'static) {
    let (alive, ended) = mpsc::channel::<()>();
    let run = move || {
        let _alive = alive;
        work();
    };
    if Builder::new().name("hooks-overdue".to_owned()).spawn(run).is_ok() {
        // Ends by the channel's other end going, or by the time.
        let _ = ended.recv_timeout(limit);
    }
}

/// The stacks of all threads, on standard error.
#[cfg(all(feature = "stacks", sampler))]
fn tell_what_runs() {
    /// How long someone else's dump is waited for.
    const TURN: Duration = Duration::from_secs(8);
    let dump = crate::stacks::Capture::new().interval(Duration::ZERO).take_in_turn(TURN);
    let told = dump
        .map_err(|error| error.to_string())
        .and_then(|dump| dump.write_text(io::stderr()).map_err(|error| error.to_string()));
    if let Err(error) = told {
        say(format_args!("no dump of what runs: {error}"));
    }
}

#[cfg(not(all(feature = "stacks", sampler)))]
fn tell_what_runs() {}
