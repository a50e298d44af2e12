//! The leases that are out, the handles that C has of them, and what they keep alive.

use crate::mutex::lock;
use std::any::Any;
use std::ffi::c_void;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

/// The name of a lease, as C can hold it: an index and a generation in the bits of a `*mut c_void`.
///
/// It points nowhere on purpose. A pointer that was released already could not be looked at; a number can be looked up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    index: usize,
    /// From 1, so that no handle is a null pointer.
    generation: usize,
}

const HALF: u32 = usize::BITS / 2;

/// What index and generation go up to.
const MOST: usize = (1 << HALF) - 1;

impl Handle {
    pub(super) fn into_raw(self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.generation << HALF | self.index)
    }

    pub(super) fn from_raw(raw: *mut c_void) -> Self {
        let bits = raw.addr();
        Handle { index: bits & MOST, generation: bits >> HALF }
    }
}

/// Memory that a lease keeps; dropped with the lease, on whatever thread that happens.
pub(super) type Memory = Box<dyn Any + Send>;

/// A lease that is out.
pub(super) struct Entry {
    pub(super) memory: Memory,
    pub(super) site: &'static Location<'static>,
    pub(super) type_name: &'static str,
    pub(super) since: Instant,
    pub(super) lost: bool,
}

/// Reused with a new generation, so that an old handle is known for what it is.
struct Slot {
    generation: usize,
    entry: Option<Entry>,
    /// Where the latest lease here was taken: what a double release is reported with.
    latest: &'static Location<'static>,
}

struct Table {
    slots: Vec<Slot>,
    free: Vec<usize>,
    taken: u64,
    released: u64,
}

static TABLE: Mutex<Table> = Mutex::new(Table { slots: Vec::new(), free: Vec::new(), taken: 0, released: 0 });

/// Nothing that can panic half way runs under the lock, so a poisoned one is whole.
fn table() -> MutexGuard<'static, Table> {
    lock(&TABLE)
}

/// Why a handle is none.
pub(super) enum Fault {
    ReleasedBefore(&'static Location<'static>),
    /// And its place in the table belongs to another lease by now.
    ReleasedLongBefore,
    NoLease,
}

pub(super) fn insert(entry: Entry) -> Handle {
    let mut table = table();
    table.taken += 1;
    let site = entry.site;
    if let Some(index) = table.free.pop() {
        let slot = &mut table.slots[index];
        slot.generation += 1;
        (slot.entry, slot.latest) = (Some(entry), site);
        return Handle { index, generation: slot.generation };
    }
    let index = table.slots.len();
    assert!(index <= MOST, "{index} leases are out or were used up");
    table.slots.push(Slot { generation: 1, entry: Some(entry), latest: site });
    Handle { index, generation: 1 }
}

/// Takes the lease out of the table; its memory is dropped by the caller, outside the lock.
pub(super) fn remove(handle: Handle) -> Result<Entry, Fault> {
    let mut table = table();
    let slot = table.slots.get_mut(handle.index).ok_or(Fault::NoLease)?;
    if handle.generation == 0 || handle.generation > slot.generation {
        return Err(Fault::NoLease);
    }
    if handle.generation < slot.generation {
        return Err(Fault::ReleasedLongBefore);
    }
    let entry = slot.entry.take().ok_or(Fault::ReleasedBefore(slot.latest))?;
    // A slot whose generations are used up is left out for ever.
    if slot.generation < MOST {
        table.free.push(handle.index);
    }
    table.released += 1;
    Ok(entry)
}

/// Notes that the token is gone and nobody can release the lease any more.
pub(super) fn mark_lost(handle: Handle) {
    let mut table = table();
    let slot = table.slots.get_mut(handle.index).filter(|slot| slot.generation == handle.generation);
    if let Some(entry) = slot.and_then(|slot| slot.entry.as_mut()) {
        entry.lost = true;
    }
}

/// What `look` sees of each lease that is out.
pub(super) fn each<T>(look: impl FnMut(&Entry) -> T) -> Vec<T> {
    table().slots.iter().filter_map(|slot| slot.entry.as_ref()).map(look).collect()
}

/// Leases since the start of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Taken in all.
    pub taken: u64,
    /// Released again.
    pub released: u64,
}

impl Counts {
    /// Taken and not released.
    pub fn outstanding(self) -> u64 {
        self.taken - self.released
    }
}

/// How many leases were taken and released.
///
/// Cost: a lock.
///
/// ```
/// use hooks_runtime::keep_alive::{KeepAlive, counts};
///
/// let lease = KeepAlive::new(1_u8).lease();
/// assert_eq!(counts().outstanding(), 1);
/// lease.release();
/// assert_eq!((counts().taken, counts().released), (1, 1));
/// ```
pub fn counts() -> Counts {
    let table = table();
    Counts { taken: table.taken, released: table.released }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_survives_c() {
        for (index, generation) in [(0, 1), (MOST, MOST), (7, 9)] {
            let raw = Handle { index, generation }.into_raw();
            let back = Handle::from_raw(raw);
            assert_eq!((back.index, back.generation), (index, generation));
            assert!(!raw.is_null());
        }
    }
}
