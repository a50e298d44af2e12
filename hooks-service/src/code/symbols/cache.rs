//! Names resolved by earlier dumps, so that a later one need not read the debug information again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{AddressMap, Frame};

/// Addresses kept at least; twice as many at most. A service that runs for days samples some thousands.
const KEPT_ADDRESSES: usize = 16_384;

type Frames = Arc<[Frame]>;

/// Frames by module identity and address in the module's file.
///
/// Two generations bound it: when the young one is full it becomes the old one, and what nobody asked for since the
/// last change is dropped.
#[derive(Default)]
pub(crate) struct Cache {
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    modules: HashMap<Arc<str>, AddressMap<Frames>>,
    addresses: usize,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);

/// Runs `body` with the process's cache locked. Lookups only: no file is read and no user code runs inside.
pub(crate) fn with<Result>(body: impl FnOnce(&mut Cache) -> Result) -> Result {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    body(cache.get_or_insert_default())
}

impl Cache {
    pub(crate) fn get(&mut self, module: &Arc<str>, address: u64) -> Option<Frames> {
        if let Some(frames) = self.young.get(module, address) {
            return Some(frames);
        }
        let frames = self.old.get(module, address)?;
        self.insert(module, address, frames.clone());
        Some(frames)
    }

    pub(crate) fn insert(&mut self, module: &Arc<str>, address: u64, frames: Frames) {
        if self.young.addresses == KEPT_ADDRESSES {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(module, address, frames);
    }
}

impl Generation {
    fn get(&self, module: &Arc<str>, address: u64) -> Option<Frames> {
        self.modules.get(module)?.get(&address).cloned()
    }

    fn insert(&mut self, module: &Arc<str>, address: u64, frames: Frames) {
        let replaced = self.modules.entry(module.clone()).or_default().insert(address, frames);
        self.addresses += usize::from(replaced.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(name: &str) -> Frames {
        Arc::new([Frame { function: name.into(), symbol: name.into(), file: None, line: 0, named: true }])
    }

    #[test]
    fn keeps_what_was_used_last_and_no_more_than_the_bound() {
        let (mut cache, module) = (Cache::default(), Arc::from("id"));
        for address in 0..3 * KEPT_ADDRESSES as u64 {
            cache.insert(&module, address, frames("f"));
            assert!(cache.get(&module, 0).is_some(), "asked for all the time, lost at {address}");
        }
        assert!(cache.get(&module, 1).is_none(), "never asked for");
        assert!(cache.young.addresses + cache.old.addresses <= 2 * KEPT_ADDRESSES);
    }

    #[test]
    fn modules_do_not_share_addresses() {
        let mut cache = Cache::default();
        let (one, other) = (Arc::from("one"), Arc::from("other"));
        cache.insert(&one, 7, frames("f"));
        assert_eq!(cache.get(&one, 7), Some(frames("f")));
        assert_eq!(cache.get(&other, 7), None);
    }
}
