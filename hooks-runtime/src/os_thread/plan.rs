//! What one use of the attribute asks for.

use super::piece::{Piece, Pieces};
use std::fmt;

/// Where the body runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Sync: where it is called. Async: on a dedicated thread.
    Own,
    /// On the thread of that name.
    Named(&'static str),
    /// On the main thread.
    Main,
}

/// As the attribute's argument says it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Own => f.write_str("its own"),
            Place::Named(name) => write!(f, "{name:?}"),
            Place::Main => f.write_str("\"main\""),
        }
    }
}

/// Emitted by the attribute: its arguments, one method each.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub(super) site: &'static &'static str,
    pub(super) restore: Pieces,
    pub(super) check: Option<Pieces>,
    pub(super) cpu: Option<usize>,
    pub(super) place: Place,
}

/// Emitted: the thread is locked as `site` says.
#[inline]
pub const fn lock_os_thread(site: &'static &'static str) -> Plan {
    Plan { site, restore: Pieces::NONE, check: None, cpu: None, place: Place::Own }
}

macro_rules! restored {
    ($($method:ident $piece:ident)*) => {$(
        #[doc = concat!("`restore(..)` with [`", stringify!($piece), "`](Piece::", stringify!($piece), ")")]
        #[must_use]
        #[inline]
        pub const fn $method(self) -> Plan {
            Plan { restore: self.restore.with(Piece::$piece), ..self }
        }
    )*};
}

impl Plan {
    restored! {
        restore_signal_mask SignalMask
        restore_affinity Affinity
        restore_nice Nice
        restore_timer_slack TimerSlack
        restore_locale Locale
        restore_fp_env FpEnv
        restore_name Name
    }

    /// `check = "full"`
    #[must_use]
    #[inline]
    pub const fn check_full(self) -> Plan {
        Plan { check: Some(Pieces::FULL), ..self }
    }

    /// `cpu = N`
    #[must_use]
    #[inline]
    pub const fn cpu(self, cpu: usize) -> Plan {
        Plan { cpu: Some(cpu), restore: self.restore.with(Piece::Affinity), ..self }
    }

    /// `thread = "gl"`
    #[must_use]
    #[inline]
    pub const fn named(self, name: &'static str) -> Plan {
        Plan { place: Place::Named(name), ..self }
    }

    /// `thread = "main"`
    #[must_use]
    #[inline]
    pub const fn main(self) -> Plan {
        Plan { place: Place::Main, ..self }
    }
}
