//! Regions of sync code: two events, where it begins and where it ends.

use super::payload::Payload;
use super::record::Kind;
use super::{clock::Clock, slow, switch, writer};
use crate::labels::scope::Cells;
use crate::sites::address;
use crate::values::codec::{Found, read};
use std::panic::Location;

/// A region that the thread is in, until this is dropped.
#[derive(Debug)]
pub struct Region {
    /// `None`: no recorder runs, and nothing is to be said at the end.
    site: Option<&'static &'static str>,
}

/// Emitted for `#[region]`.
#[inline]
pub fn region_begun(site: &'static &'static str) -> Region {
    // What is inlined into every annotated fn is the look at the switch, and no more.
    if switch::is_on() { begin(site) } else { region_unseen(site) }
}

#[inline(never)]
fn begin(site: &'static &'static str) -> Region {
    Region { site: writer::record(Kind::RegionBegin, address(site)).map(|_| site) }
}

#[inline(never)]
fn end(site: &'static &'static str) {
    writer::record(Kind::RegionEnd, address(site));
}

/// Emitted for `#[region(rows = n)]`, where a recorder runs.
pub fn region_with<C: Cells>(site: &'static &'static str, values: C) -> Region {
    let begun = writer::record_with(Kind::RegionBegin, address(site), |payload| write(values, payload));
    Region { site: begun.map(|_| site) }
}

/// Emitted for the same, where none runs: the values are not looked at.
#[inline]
pub fn region_unseen(_: &'static &'static str) -> Region {
    Region { site: None }
}

/// In the order in which they are in the tuple.
pub(super) fn write<C: Cells>(values: C, payload: &mut Payload<'_>) {
    let row = values.row();
    let mut cell: *const u64 = (&raw const row).cast();
    for _ in 0..C::COUNT {
        // SAFETY: `row` has so many cells, one after the other, each of which says where the next one begins.
        let (found, next) = unsafe { read(cell) };
        cell = next;
        match found {
            Found::Text(text) => payload.text(text),
            Found::Number(number) => payload.signed(number),
            _ => payload.absent(),
        };
    }
}

impl Drop for Region {
    #[inline]
    fn drop(&mut self) {
        if let Some(site) = self.site {
            end(site);
        }
    }
}

/// Emitted beside the region for `slow = ".."`: dropped after it.
#[derive(Debug)]
pub struct Limit {
    site: &'static &'static str,
    most: u64,
    /// 0: no recorder runs.
    begun: u64,
}

/// So many nanoseconds from now on; they count where a recorder runs.
#[inline]
pub fn limit(site: &'static &'static str, most: u64) -> Limit {
    let begun = if switch::is_on() { Clock::Monotonic.now() } else { 0 };
    Limit { site, most, begun }
}

impl Limit {
    /// It is over, unless it was before.
    #[inline]
    pub(super) fn end(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        if begun == 0 {
            return;
        }
        let took = Clock::Monotonic.now().saturating_sub(begun);
        if took >= self.most {
            slow::report(self.site, took);
        }
    }
}

impl Drop for Limit {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `work` as a region of this name: for code that is no fn to annotate.
///
/// ```
/// use hooks_runtime::trace;
///
/// let rows = trace::region("read the table", || 3);
/// assert_eq!(rows, 3);
/// ```
///
/// Cost: one load while no recorder runs; else some 40 ns, and the bytes of the name in the thread's chunk. `#[region]` costs half
/// of that.
///
/// The Go hook: `trace.WithRegion`.
#[track_caller]
#[inline]
pub fn region<R>(name: &str, work: impl FnOnce() -> R) -> R {
    let place = Location::caller();
    let _region = switch::is_on().then(|| Named::begin(name, place));
    work()
}

/// A region without a site that the thread is in.
struct Named(bool);

impl Named {
    fn begin(name: &str, place: &Location<'_>) -> Self {
        let begun = writer::record_with(Kind::NamedBegin, 0, |payload| {
            payload.text(name);
            payload.text(place.file());
            payload.unsigned(place.line().into());
        });
        Named(begun.is_some())
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if self.0 {
            writer::record(Kind::NamedEnd, 0);
        }
    }
}
