//! A stretch of code on a locked thread: what it declared is put back at its end, what else changed is reported.

use super::cpu;
use super::error::Error;
use super::leak::{self, Change};
use super::lock::{self, LockedThread};
use super::piece::{Piece, Pieces};
use super::plan::{Place, Plan};
use super::state::{Probe, State};

/// Held by a hidden local of the expansion.
pub struct Scope {
    saved: Option<Box<Saved>>,
    /// After `saved`: the thread is locked until its state has been put back.
    token: LockedThread,
}

struct Saved {
    site: &'static str,
    before: State,
    restore: Pieces,
    probe: Option<Probe>,
    /// What scopes outside this one watch; `None` for the outermost.
    watched_outside: Option<Pieces>,
}

impl Plan {
    /// Locks this thread until the scope is dropped.
    ///
    /// A scope inside another one that declares nothing costs a count up and a count down.
    ///
    /// # Panics
    /// Where the CPU that was asked for is not allowed.
    #[inline]
    pub fn scope(self) -> Scope {
        self.try_scope().unwrap_or_else(|error| error.panic(self.site))
    }

    #[inline]
    pub(super) fn try_scope(self) -> Result<Scope, Error> {
        let outside = lock::watched();
        let mut scope = Scope { saved: None, token: LockedThread::lock(self.site) };
        if outside.is_none() || !self.restore.is_empty() || self.check.is_some() {
            scope.save(&self, outside)?;
        }
        Ok(scope)
    }

    /// A thread that fns share by name keeps its state from one to the next, so there it is compared on demand only.
    fn watches(&self) -> Pieces {
        let default = if self.place == Place::Own { Pieces::LIST } else { Pieces::NONE };
        self.check.unwrap_or(default)
    }
}

impl Scope {
    /// `token = t`
    #[inline]
    pub fn token(&self) -> &LockedThread {
        &self.token
    }

    fn save(&mut self, plan: &Plan, watched_outside: Option<Pieces>) -> Result<(), Error> {
        let outside = watched_outside.unwrap_or_default();
        let watched = plan.watches().without(outside).and(plan.restore);
        if watched.is_empty() && watched_outside.is_some() {
            return Ok(());
        }
        let probe = (!watched.without(Pieces::LIST).is_empty()).then(Probe::of_process);
        let before = State::take(watched, probe.as_ref());
        if let Some(cpu) = plan.cpu {
            cpu::move_to(cpu)?;
        }
        lock::watch(outside.and(watched));
        let (site, restore) = (plan.site, plan.restore);
        self.saved = Some(Box::new(Saved { site, before, restore, probe, watched_outside }));
        Ok(())
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        if let Some(saved) = self.saved.take() {
            saved.put_back(&self.token);
        }
    }
}

impl Saved {
    fn put_back(self: Box<Self>, token: &LockedThread) {
        // Another thread's state is not ours to set; the token reports it.
        if !token.is_here() {
            return;
        }
        lock::unwatch(self.watched_outside);
        let mut changes = self.before.settle(self.restore, self.probe.as_ref());
        if self.watched_outside.is_none() && lock::take_retired() {
            changes.push(retired());
        }
        if !changes.is_empty() {
            leak::report(self.site, changes);
        }
    }
}

fn retired() -> Change {
    let (before, after) =
        ("to be used again".to_owned(), "to be ended, which its owner has to do".to_owned());
    Change { piece: Piece::Reusable, before, after }
}
