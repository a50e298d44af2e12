//! What a dump calls.

use crate::sites::Site;
use crate::values::ValueRef;
use crate::values::codec::Values;
use crate::waiting::node::{self, RUNNING};
use crate::waiting::reading::{self, Reading};
use crate::waiting::registry;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// The time between two [`tick`]s.
pub const TICK: Duration = Duration::from_millis(100);

/// Keeps the futures that wait from now on, at most `most` at a time and at most 16 million. Those that wait already have an
/// entry once they have been polled again.
///
/// `false`: somebody has asked before, and the table has the size it got then; or there is no memory.
///
/// Whoever calls this calls [`tick`] ten times a second. Each entry has 128 bytes, which are taken from the kernel at
/// their first use.
pub fn start(most: u32) -> bool {
    reading::watch_forks();
    registry::start(most)
}

/// A tenth of a second has passed.
pub fn tick() {
    registry::advance();
    reading::clear();
}

/// The numbers that [`read`] may know: all below this.
pub fn end() -> u32 {
    registry::high()
}

/// How many numbers there may ever be: 0 before [`start`], and [`end`] is never above it.
pub fn capacity() -> u32 {
    registry::capacity()
}

/// How many futures found no room in the table and are still there. Async-signal-safe.
pub fn left_out() -> u32 {
    registry::missing()
}

/// What is known of one future. As long as any of these is there, the sets of labels of futures that end are kept: memory
/// grows until it is dropped.
pub struct Waiting {
    number: u32,
    generation: u32,
    parent: u64,
    site: &'static &'static str,
    since: u32,
    born: u32,
    now: u32,
    /// For as long as `_reading` is there, and so for `self`.
    values: Values<'static>,
    _reading: Reading,
}

/// The future with this number, if there is one. Async-signal-safe, takes no lock, and keeps no future from anything.
pub fn read(number: u32) -> Option<Waiting> {
    let node = registry::nodes().get(number as usize).filter(|node| !node.is_free())?;
    let reading = Reading::begin();
    // SAFETY: it is in the result, beside what was read.
    let node::Copy { generation, site, parent, since, born, values } = unsafe { node.read() }?;
    let now = registry::tick();
    Some(Waiting { number, generation, parent, site, since, born, now, values, _reading: reading })
}

impl Waiting {
    /// Its number, which another future gets after it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The annotated future that polls it: the number, and which of the futures that have it in turn.
    pub fn parent(&self) -> Option<(u32, u32)> {
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(0);
        let number = half(self.parent);
        (number != 0).then_some((number, half(self.parent >> 32)))
    }

    /// Which of the futures that have the number in turn.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The use of the attribute; `None` for a future with a set of labels or [`watched`](super::watched()).
    pub fn site(&self) -> Option<Site> {
        Site::known(self.site)
    }

    /// The address of the site's text: equal for futures of one use of an attribute.
    pub fn site_id(&self) -> usize {
        let place = self.location().map(|place| std::ptr::from_ref(place).addr());
        place.unwrap_or_else(|| std::ptr::from_ref(self.site).addr())
    }

    /// Where it was made [`watched`](super::watched()), if it was.
    pub fn location(&self) -> Option<&'static Location<'static>> {
        self.values.location()
    }

    /// For how long it has not run, in steps of [`TICK`]; `None`: it is being polled.
    pub fn waits(&self) -> Option<Duration> {
        (self.since != RUNNING).then(|| TICK * self.now.saturating_sub(self.since))
    }

    /// How long ago its first poll was that left it pending.
    pub fn age(&self) -> Duration {
        TICK * self.now.saturating_sub(self.born)
    }

    /// Its own labels, not those of its parents. Values that found no room in 88 bytes are cut or left out.
    pub fn labels(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.values.visit(self.site, visit);
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Waiting { number, generation, site, .. } = self;
        f.debug_struct("Waiting")
            .field("number", number)
            .field("generation", generation)
            .field("site", site)
            .finish_non_exhaustive()
    }
}
