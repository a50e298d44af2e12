//! A dedicated thread: one piece of work at a time, and the end as soon as its state is not what it was.

use super::cache;
use super::counters::{self, Retired};
use super::cpu;
use super::error::Error;
use super::lock::{self, LockedThread};
use super::piece::{Piece, Pieces};
use super::plan::Place;
use super::spawner::{self, Request};
use super::state::{Probe, State};
use super::work::{self, Work};
use crate::mutex::lock as locked;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::Duration;

/// What others see of a dedicated thread.
pub(super) struct Dedicated {
    mailbox: Mutex<Option<Box<dyn Work>>>,
    thread: OnceLock<Thread>,
}

/// Starts a thread whose first work is `work`.
pub(super) fn start(work: Box<dyn Work>) {
    let dedicated = Arc::new(Dedicated { mailbox: Mutex::new(Some(work)), thread: OnceLock::new() });
    let unstarted = Arc::clone(&dedicated);
    spawner::start(Request {
        name: "hooks-locked".to_owned(),
        body: Box::new(move |reference| dedicated.run(reference)),
        failed: Box::new(move |error| {
            let work = locked(&unstarted.mailbox).take();
            if let Some(mut work) = work {
                work.refuse(Error::ThreadNotStarted(error));
            }
        }),
    });
}

impl Dedicated {
    /// For a thread out of the cache.
    pub(super) fn send(&self, work: Box<dyn Work>) {
        *locked(&self.mailbox) = Some(work);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn run(self: Arc<Self>, reference: i32) {
        counters::count_created();
        self.thread.get_or_init(std::thread::current);
        let clean = Clean::here(reference);
        let mut next = self.take();
        while let Some(mut work) = next {
            let retired = clean.perform(&mut *work).or_else(|| cache::offer(&self).err());
            if let Some(reason) = retired {
                return counters::count_retired(reason);
            }
            // Its end is its announcement, made when all this is settled.
            drop(work);
            if clean.namespaces_changed() {
                return self.leave();
            }
            next = self.wait();
            if next.is_some() {
                counters::count_reused();
            }
        }
        counters::count_retired(Retired::Idle);
    }

    /// In another namespace, which was seen when the thread was on offer already: work that it was sent goes on.
    fn leave(self: &Arc<Self>) {
        counters::count_retired(Retired::Changed(Piece::Namespaces));
        if cache::withdraw(self) {
            return;
        }
        loop {
            match self.take() {
                Some(work) => return cache::submit(work),
                None => std::thread::park(),
            }
        }
    }

    fn take(&self) -> Option<Box<dyn Work>> {
        locked(&self.mailbox).take()
    }

    /// The next work, or `None` when the thread has been idle for too long.
    fn wait(self: &Arc<Self>) -> Option<Box<dyn Work>> {
        let mut left = cache::idle_time();
        let start = std::time::Instant::now();
        loop {
            if let Some(work) = self.take() {
                return Some(work);
            }
            // Off the list first: whoever has taken this thread off it is about to send something.
            if left == Duration::ZERO && cache::withdraw(self) {
                return None;
            }
            std::thread::park_timeout(left);
            left = cache::idle_time().saturating_sub(start.elapsed());
        }
    }
}

/// The state that the thread was started with, and has to be in for the next work.
struct Clean {
    state: State,
    /// `None` where the thread is not able to leave them. They cost more to read than all the rest, so they are read
    /// when the caller goes on already, and before any other work is begun.
    namespaces: Option<State>,
    probe: Probe,
}

impl Clean {
    fn here(reference: i32) -> Clean {
        const NAMESPACES: Pieces = Pieces::NONE.with(Piece::Namespaces);
        let probe = Probe::open(reference);
        let state = State::take(Pieces::FULL.without(NAMESPACES), Some(&probe));
        let namespaces = state.may_change_namespaces().then(|| State::take(NAMESPACES, Some(&probe)));
        Clean { state, namespaces, probe }
    }

    fn namespaces_changed(&self) -> bool {
        let before = self.namespaces.as_ref();
        before.is_some_and(|before| !before.settle(Pieces::NONE, Some(&self.probe)).is_empty())
    }

    /// Runs `work`, puts back what it declared and says why the thread has to end, if it has to.
    fn perform(&self, work: &mut dyn Work) -> Option<Retired> {
        let plan = *work.plan();
        let token = LockedThread::lock(plan.site);
        lock::watch(Pieces::FULL);
        match plan.cpu.map_or(Ok(()), cpu::move_to) {
            Ok(()) => work::perform(work, Place::Own),
            Err(error) => work.refuse(error),
        }
        lock::unwatch(None);
        drop(token);
        let changes = self.state.settle(plan.restore, Some(&self.probe));
        let dirty = changes.first().map(|change| Retired::Changed(change.piece));
        let asked = lock::take_retired().then_some(Retired::Asked);
        let panicked = work.panicked().then_some(Retired::Panicked);
        let still_locked = (lock::depth() > 0).then_some(Retired::StillLocked);
        dirty.or(asked).or(panicked).or(still_locked)
    }
}
