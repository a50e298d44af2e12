//! Threads that fns share by name.

use super::error::Error;
use super::lane::{self, Lane};
use super::plan::Place;
use super::spawner::{self, Request};
use super::work::Work;
use crate::mutex::lock;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

static LANES: Mutex<BTreeMap<&'static str, Arc<Lane>>> = Mutex::new(BTreeMap::new());

/// Runs `work` on the thread `name`, which is started for the first and then lives as long as the process.
pub(super) fn submit(name: &'static str, work: Box<dyn Work>) {
    let lane = {
        let mut lanes = lock(&LANES);
        Arc::clone(lanes.entry(name).or_insert_with(|| start(name)))
    };
    if let Err(mut work) = lane.submit(work) {
        work.refuse(Error::ThreadEnded);
    }
}

fn start(name: &'static str) -> Arc<Lane> {
    let lane = Arc::new(Lane::new(Place::Named(name)));
    let (served, unstarted) = (Arc::clone(&lane), Arc::clone(&lane));
    spawner::start(Request {
        name: name.to_owned(),
        body: Box::new(move |_| served.serve()),
        failed: Box::new(move |error| give_up(name, &unstarted, &error)),
    });
    lane
}

/// The next call tries again.
fn give_up(name: &'static str, lane: &Lane, error: &io::Error) {
    lock(&LANES).remove(name);
    lane::refuse(lane.close(), || Error::ThreadNotStarted(error.kind().into()));
}
