//! Which leases are out, since when, and who took them.

use super::table::{self, Entry};
use crate::sort::sorted_by_key;
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

/// A lease that has not been released.
#[derive(Clone, Copy, Debug)]
pub struct Outstanding {
    site: &'static Location<'static>,
    type_name: &'static str,
    since: Instant,
    lost: bool,
}

impl Outstanding {
    fn of(entry: &Entry) -> Self {
        let Entry { site, type_name, since, lost, .. } = *entry;
        Outstanding { site, type_name, since, lost }
    }

    /// Where [`KeepAlive::lease`](super::KeepAlive::lease) was called.
    pub fn site(&self) -> &'static Location<'static> {
        self.site
    }

    /// The type of what is kept, as [`std::any::type_name`] has it.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// How long it has been out.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }

    /// Whether its [`Lease`](super::Lease) was dropped without a release: its memory stays for ever.
    pub fn is_lost(&self) -> bool {
        self.lost
    }
}

/// `alloc::vec::Vec<u8> leased at src/read.rs:12:5 for 3.2s`
impl fmt::Display for Outstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = if self.lost { ", token lost" } else { "" };
        write!(f, "{} leased at {} for {:.1?}{lost}", self.type_name, self.site, self.age())
    }
}

/// The leases of one place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteLeases {
    /// Where they were taken.
    pub site: &'static Location<'static>,
    /// How many of them are out.
    pub count: usize,
    /// How long the oldest of them has been out.
    pub oldest: Duration,
}

/// Every lease that is out, the oldest first.
///
/// Cost: a lock held for a look at each slot, and a `Vec`.
///
/// ```
/// use hooks_runtime::keep_alive::{KeepAlive, outstanding};
///
/// let (line, lease) = (line!(), KeepAlive::new([0_u8; 512]).lease());
/// let out = outstanding();
/// assert_eq!(out[0].site().line(), line);
/// assert_eq!(out[0].type_name(), "[u8; 512]");
/// lease.release();
/// ```
pub fn outstanding() -> Vec<Outstanding> {
    sorted_by_key(&table::each(Outstanding::of), |lease| lease.since)
}

/// The same, added up for each place that leases, the place with most first: a count that grows is a leak, and this is
/// its line.
///
/// ```
/// use hooks_runtime::keep_alive::{KeepAlive, outstanding_by_site};
///
/// let leases: Vec<_> = (0..3).map(|n| KeepAlive::new(n).lease()).collect();
/// assert_eq!(outstanding_by_site()[0].count, 3);
/// leases.into_iter().for_each(|lease| lease.release());
/// ```
pub fn outstanding_by_site() -> Vec<SiteLeases> {
    let mut sites: Vec<SiteLeases> = Vec::new();
    for lease in outstanding() {
        match sites.binary_search_by_key(&lease.site, |site| site.site) {
            Ok(at) => sites[at].count += 1,
            // The first of a site is its oldest.
            Err(at) => sites.insert(at, SiteLeases { site: lease.site, count: 1, oldest: lease.age() }),
        }
    }
    sorted_by_key(&sites, |site| (usize::MAX - site.count, site.site.to_string()))
}
