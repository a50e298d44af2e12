//! One dump: every thread is asked, a limited number at a time, and answers are walked as they come.

use super::handler::{self, value};
use super::one::{Sent, send};
use super::slot::{Pool, SLOTS};
use super::walker::Walker;
use crate::capture::decode_labels;
use crate::process::fork::own_process;
use crate::process::proc::{Stat, Tasks, is_gone};
use crate::stacks::dump::{Answer, State, Thread};
use crate::stacks::error::Error;
use hooks_runtime::os_thread::{Held, locked};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Threads start while others are asked: how often the list of threads is read again.
const MOST_SCANS: u32 = 3;
/// How long a thread may take before it is looked at more closely.
const LOOK_AFTER: Duration = Duration::from_millis(10);
/// How long to wait before one looks again, at a thread that had something in its way and at others.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(50));
/// How long to sleep where there is nothing to do but wait, at first and at most.
const NAPS: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));

/// A thread as the kernel had it before it was asked.
struct Seen {
    name: Box<str>,
    state: State,
}

impl Seen {
    /// `None`: it has ended. A process without a free descriptor does not know either.
    fn look(tasks: &Tasks, tid: libc::pid_t) -> Option<Self> {
        let mut buffer = [0; 512];
        match tasks.read(tid, "stat", &mut buffer) {
            Ok(text) => Stat::parse(text).map(|stat| Self {
                name: if is_main(tid) { "main".into() } else { String::from_utf8_lossy(stat.name).into() },
                state: State::of_letter(stat.state),
            }),
            Err(error) if is_gone(&error) => None,
            Err(_) => Some(Self { name: "?".into(), state: State::Other }),
        }
    }
}

/// The kernel calls the first thread by the program, std by this.
fn is_main(tid: libc::pid_t) -> bool {
    tid.cast_unsigned() == own_process()
}

/// A question that has no answer yet.
struct Question {
    slot: usize,
    generation: u64,
    tid: libc::pid_t,
    seen: Seen,
    since: Instant,
    look: Instant,
    /// What was in its way at the last look.
    obstacle: Option<Answer>,
}

/// See the module.
pub(super) struct Round<'m> {
    pool: &'static Pool,
    walker: &'m mut Walker,
    process: &'m mut Tasks,
    /// Threads that have not answered: for the next dump.
    silent: &'m mut Vec<libc::pid_t>,
    began: Instant,
    patience: Duration,
    locked: Vec<Held>,
    known_silent: Vec<libc::pid_t>,
    /// Threads that no signal reaches now: they are asked last, so that nobody waits for a slot that one of them has.
    unreachable: Vec<libc::pid_t>,
    asked: Vec<Question>,
    free: Vec<usize>,
    threads: Vec<Thread>,
    pauses: Vec<u64>,
}

impl<'m> Round<'m> {
    pub(super) fn new(
        pool: &'static Pool,
        walker: &'m mut Walker,
        process: &'m mut Tasks,
        silent: &'m mut Vec<libc::pid_t>,
        patience: Duration,
    ) -> Self {
        Self {
            began: Instant::now(),
            patience,
            locked: locked(),
            known_silent: std::mem::take(silent),
            unreachable: Vec::new(),
            asked: Vec::with_capacity(SLOTS),
            free: (0..SLOTS).collect(),
            threads: Vec::new(),
            pauses: Vec::new(),
            pool,
            walker,
            process,
            silent,
        }
    }

    /// The threads in the order of their ids, and for how long each was interrupted.
    pub(super) fn run(mut self) -> Result<(Vec<Thread>, Vec<u64>), Error> {
        let mut seen = HashSet::new();
        for _ in 0..MOST_SCANS {
            let present = self.process.ids().map_err(Error::kernel("getdents64"))?;
            let new: Vec<_> = present.into_iter().filter(|tid| seen.insert(*tid)).collect();
            if new.is_empty() {
                break;
            }
            for tid in new {
                self.take(tid)?;
            }
        }
        for tid in std::mem::take(&mut self.unreachable) {
            self.take_late(tid)?;
        }
        self.wait_while(|round| !round.asked.is_empty());
        self.threads.sort_by_key(|thread| thread.id);
        Ok((self.threads, self.pauses))
    }

    fn take(&mut self, tid: libc::pid_t) -> Result<(), Error> {
        // Before it is asked: the signal wakes it.
        let Some(seen) = Seen::look(self.process, tid) else { return Ok(()) };
        if seen.state == State::Ended {
            self.has_ended(tid, seen);
            return Ok(());
        }
        if let Some(answer) = self.still_silent(tid, seen.state) {
            self.silent.push(tid);
            self.give_up(tid, seen, answer);
            return Ok(());
        }
        if seen.state == State::Uninterruptible {
            self.unreachable.push(tid);
            return Ok(());
        }
        self.ask(tid, seen)
    }

    /// A thread that no signal reached when it was listed. They are waited for together, and no longer than one alone.
    fn take_late(&mut self, tid: libc::pid_t) -> Result<(), Error> {
        self.wait_for_slot();
        let Some(seen) = Seen::look(self.process, tid) else { return Ok(()) };
        if seen.state == State::Uninterruptible && self.began.elapsed() >= self.patience {
            self.give_up(tid, seen, Answer::Uninterruptible);
            return Ok(());
        }
        self.ask(tid, seen)
    }

    /// The signal of an earlier dump still waits for the thread, and will: another one would only wait beside it.
    fn still_silent(&self, tid: libc::pid_t, state: State) -> Option<Answer> {
        if self.known_silent.contains(&tid) { self.obstacle(tid, state) } else { None }
    }

    /// Only the first thread stays when it has ended before the others.
    fn has_ended(&mut self, tid: libc::pid_t, seen: Seen) {
        if tid == self.pool.pid {
            self.give_up(tid, seen, Answer::Ended);
        }
    }

    fn ask(&mut self, tid: libc::pid_t, seen: Seen) -> Result<(), Error> {
        let Some((slot, generation)) = self.slot() else {
            self.give_up(tid, seen, Answer::Late);
            return Ok(());
        };
        let (pool, signal) = (self.pool, handler::signal());
        let sent = send(pool.pid, tid, signal, value(slot, generation))
            .map_err(Error::kernel("rt_tgsigqueueinfo"))?;
        if let Sent::Queued = sent {
            let now = Instant::now();
            let look = now + LOOK_AFTER;
            self.asked.push(Question { slot, generation, tid, seen, since: now, look, obstacle: None });
            return Ok(());
        }
        pool.slots[slot].revoke(generation);
        self.free.push(slot);
        if let Sent::Full = sent {
            self.give_up(tid, seen, Answer::Refused);
        }
        Ok(())
    }

    /// A slot and its generation; waits for one to become free. `None`: handlers that do not get to their end hold them all.
    fn slot(&mut self) -> Option<(usize, u64)> {
        self.wait_for_slot();
        while let Some(slot) = self.free.pop() {
            if let Some(generation) = self.pool.slots[slot].ask() {
                return Some((slot, generation));
            }
        }
        None
    }

    fn wait_for_slot(&mut self) {
        self.wait_while(|round| round.free.is_empty() && !round.asked.is_empty());
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
    fn receive(&mut self, asked: Question) -> Option<Question> {
        let slot = &self.pool.slots[asked.slot];
        let Some(answered) = slot.answer(asked.generation) else { return Some(asked) };
        let (answer, stack) = self.walker.walk(answered);
        let labels = decode_labels(answered.labels.bytes()).into();
        self.pauses.push(answered.pause);
        self.free.push(asked.slot);
        self.add(asked.tid, asked.seen, answer, labels, stack);
        None
    }

    fn reconsider(&mut self, mut asked: Question, now: Instant) {
        if now < asked.look {
            return self.asked.push(asked);
        }
        let late = now.duration_since(asked.since) >= self.patience;
        match self.verdict(&mut asked, now, late) {
            Some(verdict) if self.pool.slots[asked.slot].revoke(asked.generation) => {
                self.free.push(asked.slot);
                self.conclude(asked, verdict);
            }
            // In its handler, and does not get to the end of it: the slot is left to it.
            Some(verdict) if late => self.conclude(asked, verdict),
            _ => self.asked.push(asked),
        }
    }

    fn conclude(&mut self, asked: Question, verdict: Verdict) {
        match verdict {
            Verdict::Ended => self.has_ended(asked.tid, asked.seen),
            Verdict::Is(answer) => {
                self.silent.push(asked.tid);
                self.give_up(asked.tid, asked.seen, answer);
            }
        }
    }

    /// Why there will be no answer; `None`: there may be one yet.
    fn verdict(&self, asked: &mut Question, now: Instant, late: bool) -> Option<Verdict> {
        let Some(Seen { state, .. }) = Seen::look(self.process, asked.tid) else {
            return Some(Verdict::Ended);
        };
        if state == State::Ended {
            return Some(Verdict::Ended);
        }
        let obstacle = self.obstacle(asked.tid, state);
        let before = std::mem::replace(&mut asked.obstacle, obstacle);
        asked.look = now + if obstacle.is_some() { LOOK_AGAIN.0 } else { LOOK_AGAIN.1 };
        let sure = match obstacle {
            Some(Answer::Stopped) => true,
            // Handlers block signals, and so does starting a thread; but neither sleeps.
            Some(Answer::BlocksSignal) => before == obstacle && state != State::Running,
            _ => false,
        };
        (sure || late).then(|| Verdict::Is(obstacle.unwrap_or(Answer::Late)))
    }

    /// What keeps a thread from beginning to handle our signal, which waits for it. A thread that blocks it and has begun is in
    /// our handler, which blocks all, and was pushed aside there.
    fn obstacle(&self, tid: libc::pid_t, state: State) -> Option<Answer> {
        let standing = self.process.standing(tid, handler::signal());
        match state {
            State::Stopped => Some(Answer::Stopped),
            _ if !standing.pending => None,
            State::Uninterruptible => Some(Answer::Uninterruptible),
            _ => standing.blocked.then_some(Answer::BlocksSignal),
        }
    }

    fn give_up(&mut self, tid: libc::pid_t, seen: Seen, answer: Answer) {
        self.add(tid, seen, answer, Arc::new([]), Arc::new([]));
    }

    fn add(
        &mut self,
        tid: libc::pid_t,
        seen: Seen,
        answer: Answer,
        labels: Arc<[crate::label::Label]>,
        stack: Arc<[u64]>,
    ) {
        let locked = self.locked.iter().find(|held| held.thread_id == tid).cloned();
        let Seen { name, state } = seen;
        self.threads.push(Thread { id: tid.cast_unsigned(), name, state, answer, labels, locked, stack });
    }
}

/// What became of a thread that does not answer.
#[derive(Clone, Copy)]
enum Verdict {
    Ended,
    Is(Answer),
}
