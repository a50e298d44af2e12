//! The leases that are out, and what they keep alive.

use super::handle::{Handle, MOST};
use super::outstanding::{Counts, Outstanding};
use std::any::Any;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

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
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
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

pub(super) fn list() -> Vec<Outstanding> {
    let table = table();
    table.slots.iter().filter_map(|slot| slot.entry.as_ref()).map(Outstanding::of).collect()
}

pub(super) fn counts() -> Counts {
    let table = table();
    Counts { taken: table.taken, released: table.released }
}
