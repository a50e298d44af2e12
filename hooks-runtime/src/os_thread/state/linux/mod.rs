//! State by system calls and `/proc`.
//!
//! In: the pieces to read, and a `probe` that has `/proc` open and knows a thread to compare with.
//! Out: their values (`scheduling` and `fp_env`, which can be put back; `privileges` and `namespaces`, which cannot),
//! as text where they differ.

mod fp_env;
mod namespaces;
mod privileges;
mod probe;
mod scheduling;

pub(in super::super) use probe::Probe;

use super::{Change, Piece, Pieces};
use crate::this_thread;
use fp_env::FpEnv;
use namespaces::Namespaces;
use privileges::Privileges;
use scheduling::{CpuSet, Ranges, set_affinity};

/// The pieces in `watched` as they were; the others are empty.
#[derive(Clone, Default)]
pub(in super::super) struct State {
    watched: Pieces,
    signal_mask: u64,
    affinity: CpuSet,
    nice: i32,
    timer_slack: i32,
    locale: usize,
    fp_env: FpEnv,
    name: [u8; 16],
    privileges: Option<Box<Privileges>>,
    namespaces: Option<Namespaces>,
}

impl State {
    /// Reads this thread's state.
    pub(in super::super) fn take(watched: Pieces, probe: Option<&Probe>) -> State {
        let mut state = State { watched, ..State::default() };
        for piece in watched.both(Pieces::LIST).iter() {
            state.read(piece);
        }
        let Some(probe) = probe else { return state };
        if !watched.both(Pieces::PRIVILEGES).is_empty() {
            state.privileges = Some(Box::new(Privileges::read(probe.reference)));
        }
        if watched.has(Piece::Namespaces) {
            state.namespaces = Some(Namespaces::read(probe));
        }
        state
    }

    /// Whether the thread is able to leave its namespaces; `false` where privileges were not read.
    pub(in super::super) fn may_change_namespaces(&self) -> bool {
        self.privileges.as_ref().is_some_and(|read| read.may_change_namespaces())
    }

    fn read(&mut self, piece: Piece) {
        match piece {
            Piece::SignalMask => self.signal_mask = scheduling::signal_mask(),
            Piece::Affinity => self.affinity = scheduling::affinity(),
            Piece::Nice => self.nice = scheduling::nice(),
            Piece::TimerSlack => self.timer_slack = scheduling::timer_slack(),
            Piece::Locale => self.locale = scheduling::locale(),
            Piece::FpEnv => self.fp_env = FpEnv::read(),
            Piece::Name => self.name = this_thread::name(),
            _ => {}
        }
    }

    /// Puts `piece` back to what it is here. What the kernel refuses stays, and is seen when it is read again.
    fn restore(&self, piece: Piece) {
        match piece {
            Piece::SignalMask => scheduling::set_signal_mask(self.signal_mask),
            Piece::Affinity => drop(set_affinity(&self.affinity)),
            Piece::Nice => scheduling::set_nice(self.nice),
            Piece::TimerSlack => scheduling::set_timer_slack(self.timer_slack),
            Piece::Locale => scheduling::set_locale(self.locale),
            Piece::FpEnv => self.fp_env.write(),
            Piece::Name => scheduling::set_name(&self.name),
            _ => {}
        }
    }

    /// Puts back what of `restore` has changed since, and returns what is different after that.
    pub(in super::super) fn settle(&self, restore: Pieces, probe: Option<&Probe>) -> Vec<Change> {
        let mut after = State::take(self.watched, probe);
        for piece in self.differing(&after).both(restore).iter() {
            self.restore(piece);
            after.read(piece);
        }
        let describe = |piece| Change { piece, before: self.describe(piece), after: after.describe(piece) };
        self.differing(&after).iter().map(describe).collect()
    }

    fn differing(&self, other: &State) -> Pieces {
        let differs = |piece: &Piece| match piece {
            Piece::SignalMask => self.signal_mask != other.signal_mask,
            Piece::Affinity => self.affinity != other.affinity,
            Piece::Nice => self.nice != other.nice,
            Piece::TimerSlack => self.timer_slack != other.timer_slack,
            Piece::Locale => self.locale != other.locale,
            Piece::FpEnv => self.fp_env != other.fp_env,
            Piece::Name => self.name != other.name,
            Piece::Namespaces => self.namespaces != other.namespaces,
            piece => match (&self.privileges, &other.privileges) {
                (Some(before), Some(after)) => before.differs(after, *piece),
                _ => false,
            },
        };
        self.watched.iter().filter(differs).fold(Pieces::NONE, Pieces::with)
    }

    fn describe(&self, piece: Piece) -> String {
        match piece {
            Piece::SignalMask => Ranges { words: &[self.signal_mask], first: 1 }.to_string(),
            Piece::Affinity => self.affinity.to_string(),
            Piece::Nice => self.nice.to_string(),
            Piece::TimerSlack => format!("{} ns", self.timer_slack),
            Piece::Locale => format!("{:#x}", self.locale),
            Piece::FpEnv => self.fp_env.to_string(),
            Piece::Name => text(&self.name),
            Piece::Namespaces => self.namespaces.as_ref().map_or_else(String::new, Namespaces::to_string),
            piece => self.privileges.as_ref().map_or_else(String::new, |read| read.describe(piece)),
        }
    }
}

fn text(name: &[u8; 16]) -> String {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    String::from_utf8_lossy(&name[..end]).into_owned()
}

/// Moves this thread to `cpu`; the error is the CPUs that are allowed.
pub(in super::super) fn move_to(cpu: usize) -> Result<(), String> {
    let moved = CpuSet::one(cpu).is_some_and(|set| set_affinity(&set).is_ok());
    if moved { Ok(()) } else { Err(allowed().to_string()) }
}

/// All that the cpuset allows, which may be more than this thread runs on: what is left of every CPU.
#[cold]
fn allowed() -> CpuSet {
    let before = State::take(Pieces::NONE.with(Piece::Affinity), None);
    drop(set_affinity(&CpuSet::ALL));
    let allowed = State::take(Pieces::NONE.with(Piece::Affinity), None).affinity;
    drop(set_affinity(&before.affinity));
    allowed
}
