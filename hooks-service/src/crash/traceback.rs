//! SIGNAL HANDLER, as far as [`level`].
//!
//! How much a report tells.

use super::error::Error;
use std::env;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// The environment variable that asks for more than the program does; Go's is `GOTRACEBACK`.
///
/// ```
/// use hooks_service::crash::{TRACEBACK_VARIABLE, Traceback};
///
/// println!("{TRACEBACK_VARIABLE}={} shows the other threads too", Traceback::All.name());
/// ```
pub const TRACEBACK_VARIABLE: &str = "HOOKS_TRACEBACK";

/// How much of the process a crash report shows, and how the process dies. Go: `debug.SetTraceback`, `GOTRACEBACK`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Traceback {
    /// What happened, to which thread, with which labels; no stack.
    None,
    /// The stack of the thread that crashes.
    #[default]
    Single,
    /// The other threads too: name, state and stack of each.
    All,
    /// The same with every call of std and of other packages, and where in the kernel each thread waits, as far as the kernel
    /// tells.
    System,
    /// The same, and a core file: the soft limit on its size is raised to the hard one, and a panic that leaves `main`
    /// ends in `abort` and not in exit status 101.
    Crash,
}

/// Of this process.
static LEVEL: AtomicU8 = AtomicU8::new(Traceback::Single as u8);

/// Async-signal-safe.
pub(super) fn level() -> Traceback {
    Traceback::from_number(LEVEL.load(Relaxed))
}

pub(super) fn set_level(level: Traceback) {
    LEVEL.store(level as u8, Relaxed);
}

const LEVELS: [Traceback; 5] =
    [Traceback::None, Traceback::Single, Traceback::All, Traceback::System, Traceback::Crash];

impl Traceback {
    /// The word for it in [`TRACEBACK_VARIABLE`].
    ///
    /// ```
    /// assert_eq!(hooks_service::crash::Traceback::System.name(), "system");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Single => "single",
            Self::All => "all",
            Self::System => "system",
            Self::Crash => "crash",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        LEVELS.into_iter().find(|level| level.name() == name)
    }

    pub(super) fn from_number(number: u8) -> Self {
        LEVELS.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// What the environment asks for, if anything.
    pub(super) fn from_environment() -> Result<Option<Self>, Error> {
        let Some(value) = env::var_os(TRACEBACK_VARIABLE) else { return Ok(None) };
        let value = value.to_string_lossy();
        let unknown = || Error::Setting { variable: TRACEBACK_VARIABLE, value: value.to_string() };
        Self::from_name(&value).map(Some).ok_or_else(unknown)
    }
}

/// The program and the environment each may ask for a level; as in Go, the program cannot go below the environment.
pub(super) fn strongest(program: Option<Traceback>, environment: Option<Traceback>) -> Option<Traceback> {
    program.max(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_come_back() {
        for level in LEVELS {
            assert_eq!(Traceback::from_name(level.name()), Some(level));
            assert_eq!(Traceback::from_number(level as u8), level);
        }
        assert_eq!(Traceback::from_name("ALL"), None);
    }

    #[test]
    fn the_program_cannot_go_below_the_environment() {
        let (none, all) = (Some(Traceback::None), Some(Traceback::All));
        assert_eq!(strongest(none, all), all);
        assert_eq!(strongest(all, none), all);
        assert_eq!(strongest(None, none), none);
        assert_eq!(strongest(None, None), None);
    }
}
