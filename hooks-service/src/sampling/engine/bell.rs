//! What the engine's thread sleeps on, and the alarms of those who want to be woken by it.

use super::lock;
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

pub(super) struct Alarm {
    pub(super) time: Instant,
    /// One alarm for each key.
    pub(super) key: usize,
    pub(super) waker: Waker,
}

impl Bell {
    pub(super) fn set(&self, alarm: Alarm) {
        let mut state = lock(&self.state);
        state.alarms.retain(|other| other.key != alarm.key);
        state.alarms.push(alarm);
        self.rung.notify_all();
    }

    /// The alarm of `key` is off.
    pub(super) fn forget(&self, key: usize) {
        lock(&self.state).alarms.retain(|alarm| alarm.key != key);
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
                for alarm in due {
                    alarm.waker.wake();
                }
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
