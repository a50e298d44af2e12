//! What a thread's own state is at one moment, and putting it back.

mod fp_env;
#[cfg_attr(not(target_os = "linux"), path = "unsupported_namespaces.rs")]
mod namespaces;
#[cfg_attr(not(target_os = "linux"), path = "unsupported_privileges.rs")]
mod privileges;
#[cfg_attr(not(target_os = "linux"), path = "unsupported_probe.rs")]
mod probe;
#[cfg_attr(not(target_os = "linux"), path = "unsupported.rs")]
mod scheduling;

pub(super) use probe::Probe;
pub(super) use scheduling::{CpuSet, set_affinity, thread_id};

use super::bits::Ranges;
use super::leak::Change;
use super::piece::{Piece, Pieces};
use fp_env::FpEnv;
use namespaces::Namespaces;
use privileges::Privileges;

/// The pieces in `watched` as they were; the others are empty.
#[derive(Clone, Default)]
pub(super) struct State {
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
    pub(super) fn take(watched: Pieces, probe: Option<&Probe>) -> State {
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
    pub(super) fn may_change_namespaces(&self) -> bool {
        self.privileges.as_ref().is_some_and(|read| read.may_change_namespaces())
    }

    pub(super) fn affinity(&self) -> CpuSet {
        self.affinity
    }

    fn read(&mut self, piece: Piece) {
        match piece {
            Piece::SignalMask => self.signal_mask = scheduling::signal_mask(),
            Piece::Affinity => self.affinity = scheduling::affinity(),
            Piece::Nice => self.nice = scheduling::nice(),
            Piece::TimerSlack => self.timer_slack = scheduling::timer_slack(),
            Piece::Locale => self.locale = scheduling::locale(),
            Piece::FpEnv => self.fp_env = FpEnv::read(),
            Piece::Name => self.name = scheduling::name(),
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
    pub(super) fn settle(&self, restore: Pieces, probe: Option<&Probe>) -> Vec<Change> {
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
