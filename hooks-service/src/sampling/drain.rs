//! The thread that empties the ring and keeps up with threads and libraries.

use super::session::Session;
use crate::profile::Error;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it wakes.
const INTERVAL: Duration = Duration::from_millis(100);

/// Starts the thread. It is sampled as all others are: what the profiler costs is in the profile.
pub(super) fn spawn(session: Arc<Session>) -> Result<JoinHandle<()>, Error> {
    let thread = thread::Builder::new().name("hooks-profile".into());
    thread.spawn(move || run(&session)).map_err(|source| Error::Kernel { call: "thread spawn", source })
}

/// Ends the thread.
pub(super) fn join(session: &Session, thread: JoinHandle<()>) {
    session.stopping.store(true, Ordering::Release);
    thread.thread().unpark();
    let _ = thread.join();
}

fn run(session: &Session) {
    let mut next_scan = Instant::now() + INTERVAL;
    let mut round = 0;
    loop {
        thread::park_timeout(INTERVAL);
        if session.stopping.load(Ordering::Acquire) {
            return;
        }
        session.drain();
        session.takeover.look();
        session.follow_libraries();
        session.threads.search_homes();
        let now = Instant::now();
        if now >= next_scan {
            round += 1;
            // What is refused is in the tally; a profile that runs goes on.
            let _ = session.threads.scan(round);
            next_scan = now + INTERVAL.max(now.elapsed() * 100);
        }
    }
}
