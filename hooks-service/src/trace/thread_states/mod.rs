//! When each thread ran, and when it did not.
//!
//! In: `switches`, which the kernel notes of each thread. Out: stretches of time of a thread, in order, each when it is over.

mod switches;

use crate::process::proc::runs;
use crate::process::{own_id, thread_ids};
use hooks_runtime::trace::observe::Clock;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use switches::{Note, Switch, Switches};

/// What a thread did for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// It ran, on this processor.
    Running { processor: u32 },
    /// It waited for something.
    Waiting,
    /// It could have run, and had no processor.
    Preempted,
    /// It did not run; why is not known, as it began before anybody looked.
    Off,
}

/// A thread was in one state from here to there, by `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stretch {
    pub(crate) thread: libc::pid_t,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) state: State,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct ThreadStates {
    threads: BTreeMap<libc::pid_t, Thread>,
    lost: u64,
    refused: u64,
}

#[derive(Debug)]
struct Thread {
    /// `None`: refused.
    switches: Option<Switches>,
    last: Last,
}

/// How a thread came to where it is.
#[derive(Clone, Copy, Debug)]
enum Last {
    /// Since then nothing was noted.
    LookedAt(u64),
    Noted {
        time: u64,
        processor: u32,
        switch: Switch,
    },
    /// Notes were lost.
    Unknown,
}

impl ThreadStates {
    /// All threads from now on.
    ///
    /// # Errors
    /// The kernel lets the calling thread not be looked at.
    pub(crate) fn start() -> io::Result<Self> {
        Switches::of(own_id())?;
        let mut states = Self::default();
        states.look_for_threads();
        Ok(states)
    }

    /// Calls `each` with every stretch that has ended since the last time.
    pub(crate) fn read(&mut self, each: &mut dyn FnMut(Stretch)) {
        let present = self.look_for_threads();
        for (id, thread) in &mut self.threads {
            self.lost += thread.read(*id, each);
        }
        // What those that are gone had noted is read.
        if let Some(present) = present {
            self.threads.retain(|id, _| present.binary_search(id).is_ok());
        }
    }

    /// The same, and the stretches that have not ended, up to now.
    pub(crate) fn finish(&mut self, each: &mut dyn FnMut(Stretch)) {
        self.read(each);
        let to = Clock::Monotonic.now();
        for (id, thread) in &self.threads {
            if let (Some(from), Some(state)) = (thread.last.time(), thread.last.now(*id)) {
                each(Stretch { thread: *id, from, to, state });
            }
        }
    }

    /// What is not in it, in words for people; empty if all is.
    pub(crate) fn lacking(&self) -> String {
        let lacks = [(self.lost, "switches were lost"), (self.refused, "threads were refused by the kernel")];
        let lacks = lacks.iter().filter(|(count, _)| *count > 0);
        lacks.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }

    /// Has those that have come since looked at; returns all.
    fn look_for_threads(&mut self) -> Option<Vec<libc::pid_t>> {
        let present = thread_ids()?;
        for id in &present {
            if let Entry::Vacant(new) = self.threads.entry(*id) {
                let switches = Switches::of(*id).ok();
                self.refused += u64::from(switches.is_none());
                new.insert(Thread { switches, last: Last::LookedAt(Clock::Monotonic.now()) });
            }
        }
        Some(present)
    }
}

impl Thread {
    /// Returns how many notes were lost.
    fn read(&mut self, thread: libc::pid_t, each: &mut dyn FnMut(Stretch)) -> u64 {
        let (mut missing, last) = (0, &mut self.last);
        let mut follow = |note| {
            if let Note::Lost(notes) = note {
                missing += notes;
            }
            if let Some((from, to, state)) = last.follow(note) {
                each(Stretch { thread, from, to, state });
            }
        };
        if let Some(switches) = &mut self.switches {
            switches.read(&mut follow);
        }
        missing
    }
}

impl Last {
    /// The stretch that this note ends.
    fn follow(&mut self, note: Note) -> Option<(u64, u64, State)> {
        let Note::Switch { time, processor, switch } = note else {
            *self = Last::Unknown;
            return None;
        };
        let before = std::mem::replace(self, Last::Noted { time, processor, switch });
        Some((before.time()?, time, before.until(switch, processor)?))
    }

    fn time(self) -> Option<u64> {
        match self {
            Last::LookedAt(time) | Last::Noted { time, .. } => Some(time),
            Last::Unknown => None,
        }
    }

    /// The state from then until what is noted next.
    fn until(self, next: Switch, processor: u32) -> Option<State> {
        match (self, next) {
            (Last::LookedAt(_), Switch::On) => Some(State::Off),
            (Last::LookedAt(_), Switch::Off | Switch::Preempted) => Some(State::Running { processor }),
            (last, _) => last.state(),
        }
    }

    fn state(self) -> Option<State> {
        let Last::Noted { processor, switch, .. } = self else { return None };
        Some(match switch {
            Switch::On => State::Running { processor },
            Switch::Off => State::Waiting,
            Switch::Preempted => State::Preempted,
        })
    }

    /// The state from then until now.
    fn now(self, thread: libc::pid_t) -> Option<State> {
        match self {
            // It ran all of the time, or none of it.
            Last::LookedAt(_) => (!runs(thread)?).then_some(State::Waiting),
            last => last.state(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a thread that was looked at first at 10.
    fn stretches(notes: &[Note]) -> Vec<(u64, u64, State)> {
        let mut last = Last::LookedAt(10);
        notes.iter().filter_map(|note| last.follow(*note)).collect()
    }

    fn note(time: u64, switch: Switch) -> Note {
        Note::Switch { time, processor: 3, switch }
    }

    #[test]
    fn what_was_before_the_first_note_follows_from_it() {
        let running = State::Running { processor: 3 };
        assert_eq!(stretches(&[note(15, Switch::Preempted)]), [(10, 15, running)]);
        assert_eq!(stretches(&[note(15, Switch::On)]), [(10, 15, State::Off)]);
        let notes =
            [note(15, Switch::Off), note(17, Switch::On), note(18, Switch::Preempted), note(30, Switch::On)];
        let later =
            [(10, 15, running), (15, 17, State::Waiting), (17, 18, running), (18, 30, State::Preempted)];
        assert_eq!(stretches(&notes), later);
    }

    #[test]
    fn nothing_is_said_of_the_time_round_what_is_lost() {
        let notes = [
            note(15, Switch::Off),
            Note::Lost(7),
            note(20, Switch::On),
            note(25, Switch::Off),
            note(30, Switch::On),
        ];
        let running = State::Running { processor: 3 };
        assert_eq!(stretches(&notes), [(10, 15, running), (20, 25, running), (25, 30, State::Waiting)]);
    }

    #[test]
    fn threads_are_found_and_told_apart() {
        let Ok(mut states) = ThreadStates::start() else {
            println!("skipped: the kernel lets nobody see switches");
            return;
        };
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let sleeps = std::thread::spawn(move || {
            let own = own_id();
            let _ = receiver.recv();
            own
        });
        let mut all = Vec::new();
        states.read(&mut |stretch| all.push(stretch));
        std::thread::sleep(std::time::Duration::from_millis(20));
        drop(sender);
        let id = sleeps.join().unwrap();
        states.finish(&mut |stretch| all.push(stretch));
        let is_off = |stretch: &&Stretch| matches!(stretch.state, State::Waiting | State::Off);
        let longest = |thread| {
            let off = all.iter().filter(|stretch| stretch.thread == thread).filter(is_off);
            off.map(|stretch| stretch.to - stretch.from).max()
        };
        assert!(longest(own_id()) > Some(15_000_000) && longest(id) > Some(0), "{all:?}");
        assert!(all.iter().all(|stretch| stretch.from <= stretch.to));
        assert_eq!(states.lacking(), "");
    }
}
