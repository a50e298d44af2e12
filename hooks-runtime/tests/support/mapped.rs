//! Files to map, and to truncate under the map.

use hooks_runtime::fault::{Access, GuardedMap};
use std::fs::File;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) fn page() -> usize {
    // SAFETY: no memory is passed.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap()
}

/// A file without a name, of `pages` pages of sevens.
pub(crate) fn file(pages: usize) -> File {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("hooks-fault-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &vec![7; pages * page()], 0).unwrap();
    file
}

pub(crate) fn truncate(file: &File, length: usize) {
    file.set_len(length as u64).unwrap();
}

/// The file and its map.
pub(crate) fn mapped(pages: usize) -> (File, GuardedMap) {
    let file = file(pages);
    let map = GuardedMap::map_file(&file, Access::ReadWrite).unwrap();
    (file, map)
}
