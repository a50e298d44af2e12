//! The end of a program that did not drain in time.

use super::Cause;
use std::fmt;
use std::io::Write;
use std::sync::mpsc;
use std::thread::Builder;
use std::time::Duration;

type Report = Box<dyn FnOnce(Cause) + Send>;

/// For what is told of a process that hangs: a lock that it hangs in must not keep it alive.
const TELLING: Duration = Duration::from_secs(10);

/// What is done at the deadline.
pub(super) struct Overdue {
    pub(super) deadline: Duration,
    /// None: 128 + N for signal N.
    pub(super) status: Option<u8>,
    pub(super) report: Option<Report>,
}

impl Overdue {
    /// Says what still runs, runs the flushers, ends the process.
    pub(super) fn end(self, cause: Cause) -> ! {
        let Self { deadline, status, report } = self;
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
}

/// Not by `eprintln!`, which panics where nobody reads, and the process has to end there too.
fn say(line: fmt::Arguments<'_>) {
    drop(writeln!(std::io::stderr(), "hooks: {line}"));
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

/// How long someone else's dump is waited for.
#[cfg(all(feature = "stacks", target_os = "linux"))]
const TURN: Duration = Duration::from_secs(8);

/// The stacks of all threads, on standard error.
#[cfg(all(feature = "stacks", target_os = "linux"))]
fn tell_what_runs() {
    let dump = crate::stacks::Capture::new().interval(Duration::ZERO).take_in_turn(TURN);
    let told = dump
        .map_err(|error| error.to_string())
        .and_then(|dump| dump.write_text(std::io::stderr()).map_err(|error| error.to_string()));
    if let Err(error) = told {
        say(format_args!("no dump of what runs: {error}"));
    }
}

#[cfg(not(all(feature = "stacks", target_os = "linux")))]
fn tell_what_runs() {}
