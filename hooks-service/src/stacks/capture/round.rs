//! One dump: every thread is asked, a limited number at a time, and answers are walked as they come.

use super::handler::{self, value};
use super::machinery::Machinery;
use super::proc::{Stat, Tasks};
use super::send::{Sent, send};
use super::slot::SLOTS;
use crate::stacks::{Answer, Error, State, Thread};
use crate::unwind::{decode_labels, thread_ids};
use hooks_runtime::os_thread::{Held, locked};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Threads start while others are asked: how often the list of threads is read again.
const MOST_SCANS: u32 = 3;
/// How long a thread may take before it is looked at more closely.
const LOOK_AFTER: Duration = Duration::from_millis(10);
/// How long to wait before one looks again.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long to sleep where there is nothing to do but wait, at first and at most.
const NAPS: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));

/// A question that has no answer yet.
struct Asked {
    slot: usize,
    generation: u64,
    tid: libc::pid_t,
    stat: Stat,
    since: Instant,
    look: Instant,
}

/// See the module.
pub(super) struct Round<'m> {
    machinery: &'m mut Machinery,
    patience: Duration,
    tasks: Tasks,
    locked: Vec<Held>,
    asked: Vec<Asked>,
    free: Vec<usize>,
    threads: Vec<Thread>,
    pauses: Vec<u64>,
}

impl<'m> Round<'m> {
    pub(super) fn new(machinery: &'m mut Machinery, patience: Duration) -> Result<Self, Error> {
        Ok(Self {
            machinery,
            patience,
            tasks: Tasks::open()?,
            locked: locked(),
            asked: Vec::with_capacity(SLOTS),
            free: (0..SLOTS).collect(),
            threads: Vec::new(),
            pauses: Vec::new(),
        })
    }

    /// The threads in the order of their ids, and for how long each was interrupted.
    pub(super) fn run(mut self) -> Result<(Vec<Thread>, Vec<u64>), Error> {
        let known_silent = std::mem::take(&mut self.machinery.silent);
        let mut seen = HashSet::new();
        for _ in 0..MOST_SCANS {
            let present = thread_ids().ok_or_else(|| Error::last("readdir"))?;
            let new: Vec<_> = present.into_iter().filter(|tid| seen.insert(*tid)).collect();
            if new.is_empty() {
                break;
            }
            for tid in new {
                self.take(tid, known_silent.contains(&tid))?;
            }
        }
        self.wait_while(|round| !round.asked.is_empty());
        self.threads.sort_by_key(|thread| thread.id);
        Ok((self.threads, self.pauses))
    }

    fn take(&mut self, tid: libc::pid_t, was_silent: bool) -> Result<(), Error> {
        // Before it is asked: the signal wakes it.
        let Some(stat) = self.tasks.stat(tid) else { return Ok(()) };
        if was_silent && self.tasks.blocks(tid, handler::signal()) {
            // The last dump's signal still waits for it; another one would only wait beside it.
            self.machinery.silent.push(tid);
            self.give_up(tid, stat, Answer::BlocksSignal);
            return Ok(());
        }
        self.ask(tid, stat)
    }

    fn ask(&mut self, tid: libc::pid_t, stat: Stat) -> Result<(), Error> {
        let Some((slot, generation)) = self.slot() else {
            self.give_up(tid, stat, Answer::Late);
            return Ok(());
        };
        let (pool, signal) = (self.machinery.pool, handler::signal());
        let sent = send(pool.pid, tid, signal, value(slot, generation))
            .map_err(Error::kernel("rt_tgsigqueueinfo"))?;
        if let Sent::Queued = sent {
            let now = Instant::now();
            self.asked.push(Asked { slot, generation, tid, stat, since: now, look: now + LOOK_AFTER });
            return Ok(());
        }
        pool.slots[slot].revoke(generation);
        self.free.push(slot);
        if let Sent::Full = sent {
            self.give_up(tid, stat, Answer::Refused);
        }
        Ok(())
    }

    /// A slot and its generation; waits for one to become free. `None`: handlers that do not get to their end hold them all.
    fn slot(&mut self) -> Option<(usize, u64)> {
        self.wait_while(|round| round.free.is_empty() && !round.asked.is_empty());
        while let Some(slot) = self.free.pop() {
            if let Some(generation) = self.machinery.pool.slots[slot].ask() {
                return Some((slot, generation));
            }
        }
        None
    }

    fn wait_while(&mut self, condition: impl Fn(&Self) -> bool) {
        let mut nap = NAPS.0;
        while condition(self) {
            if self.harvest() {
                nap = NAPS.0;
            } else {
                std::thread::sleep(nap);
                nap = (nap * 2).min(NAPS.1);
            }
        }
    }

    /// Takes in what has been answered and gives up what will not be. `false`: there was neither.
    fn harvest(&mut self) -> bool {
        let now = Instant::now();
        let before = self.asked.len();
        for asked in std::mem::take(&mut self.asked) {
            if let Some(asked) = self.receive(asked) {
                self.reconsider(asked, now);
            }
        }
        self.asked.len() < before
    }

    /// Walks the answer, if it is there; else the question is given back.
    fn receive(&mut self, asked: Asked) -> Option<Asked> {
        let slot = &self.machinery.pool.slots[asked.slot];
        let Some(answered) = slot.answer(asked.generation) else { return Some(asked) };
        let (answer, stack) = self.machinery.walker.walk(answered);
        let labels = decode_labels(answered.labels.bytes()).into();
        self.pauses.push(answered.pause);
        self.free.push(asked.slot);
        self.add(asked.tid, asked.stat, answer, labels, stack);
        None
    }

    fn reconsider(&mut self, mut asked: Asked, now: Instant) {
        let verdict = if now < asked.look { None } else { self.verdict(&asked, now) };
        if now >= asked.look {
            asked.look = now + LOOK_EVERY;
        }
        let late = now.duration_since(asked.since) >= self.patience;
        match verdict {
            Some(verdict) if self.machinery.pool.slots[asked.slot].revoke(asked.generation) => {
                self.free.push(asked.slot);
                self.conclude(asked, verdict);
            }
            // In its handler, and does not get to the end of it: the slot is left to it.
            Some(verdict) if late => self.conclude(asked, verdict),
            _ => self.asked.push(asked),
        }
    }

    fn conclude(&mut self, asked: Asked, verdict: Verdict) {
        if let Verdict::Is(answer) = verdict {
            self.machinery.silent.push(asked.tid);
            self.give_up(asked.tid, asked.stat, answer);
        }
    }

    /// Why there will be no answer; `None`: there may be one yet.
    fn verdict(&self, asked: &Asked, now: Instant) -> Option<Verdict> {
        let Some(Stat { state, .. }) = self.tasks.stat(asked.tid) else { return Some(Verdict::Ended) };
        let late = now.duration_since(asked.since) >= self.patience;
        let answer = match state {
            State::Stopped => Answer::Stopped,
            _ if self.tasks.blocks(asked.tid, handler::signal()) => Answer::BlocksSignal,
            State::Uninterruptible if late => Answer::Uninterruptible,
            _ if late => Answer::Late,
            _ => return None,
        };
        Some(Verdict::Is(answer))
    }

    fn give_up(&mut self, tid: libc::pid_t, stat: Stat, answer: Answer) {
        self.add(tid, stat, answer, Arc::new([]), Arc::new([]));
    }

    fn add(
        &mut self,
        tid: libc::pid_t,
        stat: Stat,
        answer: Answer,
        labels: Arc<[crate::label::Label]>,
        stack: Arc<[u64]>,
    ) {
        let locked = self.locked.iter().find(|held| held.thread_id == tid).cloned();
        let Stat { name, state } = stat;
        self.threads.push(Thread { id: tid.cast_unsigned(), name, state, answer, labels, locked, stack });
    }
}

/// What became of a thread that does not answer.
#[derive(Clone, Copy)]
enum Verdict {
    Ended,
    Is(Answer),
}
