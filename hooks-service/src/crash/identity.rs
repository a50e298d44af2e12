//! SIGNAL HANDLER, up to the mark. Which program this is, and since when it runs: what the one who reads its last words at
//! night asks first.

use crate::process::utc::{Rounded, Utc};
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// See the module. The same in the process and in its monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// When the process started, since the machine did.
    started: Duration,
    /// Lower-case hex, empty if the program has none.
    pub(super) build_id: String,
    /// As the program says it; empty: it does not.
    pub(super) version: String,
}

/// Of this process.
static IDENTITY: OnceLock<Identity> = OnceLock::new();

/// The time of an end that comes now, and of what.
pub(super) struct Ending<'a>(pub(super) &'a Identity);

impl fmt::Display for Ending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (now, uptime) = (Utc(SystemTime::now()), Rounded(self.0.uptime()));
        write!(f, "at {now}, {uptime} after the start")?;
        let named = [("version", &self.0.version), ("build id", &self.0.build_id)];
        named.iter().filter(|(_, text)| !text.is_empty()).try_for_each(|(what, text)| {
            write!(f, ", {what} ")?;
            text.chars().try_for_each(|character| write!(f, "{}", character.escape_debug()))
        })
    }
}

impl Identity {
    pub(super) fn uptime(&self) -> Duration {
        since_boot().saturating_sub(self.started)
    }
}

/// Of this process, once crash output is installed.
pub(super) fn of_this_process() -> Option<&'static Identity> {
    IDENTITY.get()
}

/// With the time that the machine slept.
fn since_boot() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes into the local.
    unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs().try_into().unwrap_or(0))
}

// The mark: what follows does not run in a handler.

/// What this process is.
pub(super) fn keep(version: &str, build_id: &str) -> &'static Identity {
    IDENTITY.get_or_init(|| Identity {
        started: start(),
        build_id: build_id.to_owned(),
        version: version.to_owned(),
    })
}

/// As the kernel has it, in ticks.
fn start() -> Duration {
    let main = i32::try_from(std::process::id()).unwrap_or(0);
    // SAFETY: asks for a constant.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.unsigned_abs().max(1);
    let ticks = crate::process::born(main);
    ticks.map_or_else(since_boot, |ticks| Duration::from_millis(ticks * 1000 / per_second))
}

/// For the monitor: `start build-id version`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.started.as_millis(), self.build_id, self.version)
    }
}

impl Identity {
    /// As the process told it.
    pub(super) fn parse(told: &str) -> Option<Self> {
        let mut parts = told.splitn(3, ' ');
        let mut part = || parts.next();
        let started = Duration::from_millis(part()?.parse().ok()?);
        Some(Self { started, build_id: part()?.to_owned(), version: part()?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_says_when_after_how_long_and_of_what() {
        let identity = Identity { started: start(), build_id: "19b3".into(), version: "1.4\n2".into() };
        let ending = Ending(&identity).to_string();
        assert!(ending.ends_with(" s after the start, version 1.4\\n2, build id 19b3"), "{ending}");
        let hour = Identity {
            started: since_boot().saturating_sub(Duration::from_secs(7_300)),
            ..Default::default()
        };
        assert!(hour.started.is_zero() || Ending(&hour).to_string().ends_with("Z, 2 h after the start"));
        assert!(identity.uptime() < Duration::from_secs(3_600), "{identity:?}");
    }

    #[test]
    fn the_monitor_is_told_all_of_it() {
        let mut identity = Identity { started: Duration::from_millis(70), ..Default::default() };
        for version in ["", "shop 1.4.2 (main)"] {
            version.clone_into(&mut identity.version);
            assert_eq!(Identity::parse(&identity.to_string()).as_ref(), Some(&identity));
        }
        assert_eq!(Identity::parse("x"), None);
    }
}
