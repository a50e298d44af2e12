//! Threads that recover from faults while dumps are taken: two handlers, and the 8 KiB of std's alternate stack.

use super::{dump, until};
use hooks_runtime::fault::{Access, GuardedMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Two pages, of which the second is gone from the file.
fn shortened() -> GuardedMap {
    let file = tempfile::tempfile().unwrap();
    file.set_len(16384).unwrap();
    let map = GuardedMap::map_file(&file, Access::Read).unwrap();
    file.set_len(4096).unwrap();
    map
}

/// A dump's signal that lands in the fault's handler waits for its end: both do not fit on the stack. The threads only read,
/// so they have no larger stack than std's.
#[test]
fn a_dump_waits_for_a_fault_to_be_recovered() {
    let (map, over) = (shortened(), AtomicBool::new(false));
    let faults = [const { AtomicU64::new(0) }; 4];
    thread::scope(|scope| {
        for faults in &faults {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    assert!(map.get::<u64>(16000).is_err());
                    faults.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..20 {
            assert!(dump().threads().len() > faults.len());
        }
        until(|| faults.iter().all(|faults| faults.load(Ordering::Relaxed) > 0));
        over.store(true, Ordering::Relaxed);
    });
}
