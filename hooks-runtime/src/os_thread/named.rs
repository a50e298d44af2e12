//! Threads that fns share by name.

use super::error::Error;
use super::lane::{self, Lane};
use super::plan::Place;
use super::spawner::{self, Request};
use super::work::Work;
use crate::mutex::lock;
use std::io;
use std::sync::{Arc, Mutex};

/// A program names few threads.
static LANES: Mutex<Vec<(&'static str, Arc<Lane>)>> = Mutex::new(Vec::new());

/// Runs `work` on the thread `name`, which is started for the first and then lives as long as the process.
pub(super) fn submit(name: &'static str, work: Box<dyn Work>) {
    let (lane, is_new) = lane(name);
    if let Err(mut work) = lane.submit(work) {
        work.refuse(Error::ThreadEnded);
    }
    // With the work in the queue, which is told where there is no thread, and without the lock, which that takes.
    if is_new {
        start(name, lane);
    }
}

/// The lane of the thread `name`, and whether the thread is still to be started.
fn lane(name: &'static str) -> (Arc<Lane>, bool) {
    let mut lanes = lock(&LANES);
    if let Some((_, lane)) = lanes.iter().find(|(known, _)| *known == name) {
        return (Arc::clone(lane), false);
    }
    let lane = Arc::new(Lane::new(Place::Named(name)));
    lanes.push((name, Arc::clone(&lane)));
    (lane, true)
}

fn start(name: &'static str, lane: Arc<Lane>) {
    let unstarted = Arc::clone(&lane);
    spawner::start(Request {
        name: name.to_owned(),
        body: Box::new(move |_| lane.serve()),
        failed: Box::new(move |error| give_up(name, &unstarted, &error)),
    });
}

/// The next call tries again.
fn give_up(name: &'static str, lane: &Lane, error: &io::Error) {
    lock(&LANES).retain(|(known, _)| *known != name);
    lane::refuse(lane.close(), || Error::ThreadNotStarted(error.kind().into()));
}
