//! What the collector's thread sleeps on, and the alarms of those who want to be woken by it.

use crate::process::lock;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    /// How many threads have had it. A thread whose turn is over ends.
    turn: u64,
    alarms: Vec<Alarm>,
}

impl State {
    /// Takes the alarm of `key` out. It is to be dropped without the lock: its waker is code of others and may come back to us.
    fn take(&mut self, key: usize) -> Option<Alarm> {
        let place = self.alarms.iter().position(|alarm| alarm.key == key)?;
        Some(self.alarms.swap_remove(place))
    }
}

pub(super) struct Alarm {
    pub(super) time: Instant,
    /// One alarm for each key.
    pub(super) key: usize,
    pub(super) waker: Waker,
}

impl Alarm {
    /// A panic of the waker would end the thread that all profiles live by. The panic hook has told it.
    fn go_off(self) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.waker.wake()));
    }
}

impl Bell {
    pub(super) fn set(&self, alarm: Alarm) {
        let mut state = lock(&self.state);
        let replaced = state.take(alarm.key);
        state.alarms.push(alarm);
        drop(state);
        self.rung.notify_all();
        drop(replaced);
    }

    /// The alarm of `key` is off.
    pub(super) fn forget(&self, key: usize) {
        let forgotten = lock(&self.state).take(key);
        drop(forgotten);
    }

    /// Whose turn it is: what a new thread [waits](Self::wait) with.
    pub(super) fn turn(&self) -> u64 {
        lock(&self.state).turn
    }

    /// The thread whose turn it was is to end.
    pub(super) fn next_turn(&self) {
        lock(&self.state).turn += 1;
        self.rung.notify_all();
    }

    /// Sleeps for an interval, and wakes those whose time has come. False: the turn is over.
    pub(super) fn wait(&self, turn: u64, interval: Duration) -> bool {
        let end = Instant::now() + interval;
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            let due: Vec<_> = state.alarms.extract_if(.., |alarm| alarm.time <= now).collect();
            if !due.is_empty() {
                // A waker is code of others: it may come back to us.
                drop(state);
                due.into_iter().for_each(Alarm::go_off);
                state = lock(&self.state);
                continue;
            }
            if state.turn != turn || now >= end {
                return state.turn == turn;
            }
            let next = state.alarms.iter().map(|alarm| alarm.time).fold(end, Instant::min);
            state = self.rung.wait_timeout(state, next - now).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
