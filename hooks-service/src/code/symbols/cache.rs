//! What lookups leave for the next: names, so that no file is read for an address that was seen before, and open files with
//! what was parsed of them, since to parse one again for a few new addresses takes ten times as long as to look them up.
//!
//! One for the process, with one bound in bytes. What it gives up goes back to the allocator, and what a lookup took
//! beside it too: whether and when that hands it to the kernel is its own affair. glibc's `malloc_trim` would, and keeps every
//! other thread from allocating meanwhile, for 200 ms in a process of a few hundred megabytes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::frame::Frame;
use super::open_file::OpenFile;
use crate::code::module::Module;
use crate::process::PerProcess;

/// All names and files together, in bytes. Of a file its debug sections and symbol tables count, which are mapped; what was
/// parsed of them takes about as much memory, and 2.5 times that once all of a program has been looked up. A larger program
/// is read anew by each dump.
const MOST_BYTES: usize = 64 << 20;
/// Names alone: some 20,000 addresses. A service that runs for days samples some thousands.
const MOST_BYTES_OF_NAMES: usize = 16 << 20;
/// The program and the libraries that it spends its time in.
const MOST_FILES: usize = 8;

pub(crate) type AddressMap<Value> = HashMap<u64, Value, BuildHasherDefault<AddressHasher>>;
pub(crate) type Frames = Arc<[Frame]>;

static CACHE: PerProcess<Cache> = PerProcess::new();

/// Runs `body` with the process's cache. Lookups only: no file is read or closed and no user code runs inside.
pub(crate) fn with<Result>(body: impl FnOnce(&mut Cache) -> Result) -> Result {
    CACHE.with(body)
}

/// The file of `module`, which is the caller's until he gives it back to [`keep`]: a second dump meanwhile opens its
/// own.
pub(crate) fn take(identity: &Arc<str>, module: &Module) -> Option<OpenFile> {
    with(|cache| cache.take(identity)).filter(|file| file.serves(module))
}

/// Keeps the file for the next dump, if it fits.
pub(crate) fn keep(identity: Arc<str>, file: OpenFile) {
    file.rest();
    drop(with(|cache| cache.put(identity, file)));
}

/// See the module.
pub(crate) struct Cache {
    /// By module identity and address in the module's file. Two generations: when the young one is full it becomes the
    /// old one, and what nobody asked for since the last change is dropped.
    young: Generation,
    old: Generation,
    /// By the identity of their module, the one used last at the end.
    files: Vec<(Arc<str>, OpenFile)>,
    /// Why names of a module have no lines, by its identity: those who find them here are told too.
    faults: HashMap<Arc<str>, String>,
    most_bytes: usize,
}

#[derive(Default)]
struct Generation {
    modules: HashMap<Arc<str>, AddressMap<Frames>>,
    bytes: usize,
}

impl Default for Cache {
    fn default() -> Self {
        let (young, old) = (Generation::default(), Generation::default());
        Self { young, old, files: Vec::new(), faults: HashMap::new(), most_bytes: MOST_BYTES }
    }
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
        if self.young.bytes + size(&frames) > MOST_BYTES_OF_NAMES / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(module, address, frames);
    }

    /// Why what is known of the module has no lines.
    pub(crate) fn fault(&self, module: &Arc<str>) -> Option<String> {
        self.faults.get(module).cloned()
    }

    /// Remembers that for as long as there may be such names.
    pub(crate) fn set_fault(&mut self, module: &Arc<str>, fault: &str) {
        const MOST_FAULTS: usize = 256;
        if self.faults.len() >= MOST_FAULTS {
            self.faults.clear();
        }
        self.faults.insert(Arc::clone(module), fault.to_owned());
    }

    fn take(&mut self, identity: &Arc<str>) -> Option<OpenFile> {
        let at = self.files.iter().position(|(kept, _)| kept == identity)?;
        Some(self.files.remove(at).1)
    }

    /// Returns those that are to be closed.
    fn put(&mut self, identity: Arc<str>, file: OpenFile) -> Vec<OpenFile> {
        if file.size() > self.room() {
            return vec![file];
        }
        let mut closed: Vec<OpenFile> = self.take(&identity).into_iter().collect();
        self.files.push((identity, file));
        closed.extend(self.shrink());
        closed
    }

    /// Gives up the files used least lately, for which names and newer ones leave no room. They are to be closed elsewhere.
    pub(crate) fn shrink(&mut self) -> Vec<OpenFile> {
        let mut closed = Vec::new();
        while self.files.len() > MOST_FILES || self.size_of_files() > self.room() {
            closed.push(self.files.remove(0).1);
        }
        closed
    }

    /// What names leave to files, in bytes.
    fn room(&self) -> usize {
        self.most_bytes.saturating_sub(self.young.bytes + self.old.bytes)
    }

    fn size_of_files(&self) -> usize {
        self.files.iter().map(|(_, file)| file.size()).sum()
    }
}

impl Generation {
    fn get(&self, module: &Arc<str>, address: u64) -> Option<Frames> {
        self.modules.get(module)?.get(&address).cloned()
    }

    fn insert(&mut self, module: &Arc<str>, address: u64, frames: Frames) {
        self.bytes += size(&frames);
        let replaced = self.modules.entry(module.clone()).or_default().insert(address, frames);
        self.bytes -= replaced.as_ref().map_or(0, size);
    }
}

/// What it takes of memory at most, in bytes: texts are shared by the frames of one dump, and count for each.
fn size(frames: &Frames) -> usize {
    const ENTRY: usize = 64;
    let texts = |frame: &Frame| {
        frame.function.len() + frame.symbol.len() + frame.file.as_ref().map_or(0, |file| file.len())
    };
    ENTRY + size_of_val(&**frames) + frames.iter().map(texts).sum::<usize>()
}

/// Spreads addresses with one multiplication: a dump looks up every frame of every stack, some ten thousands. The default
/// hasher defends against keys chosen by an adversary; addresses of code are not.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The high half of the product depends on all bits of the address; the table uses the low bits of the hash.
        let product = u128::from(self.0 ^ number) * 0x9e37_79b9_7f4a_7c15;
        let bytes = product.to_le_bytes();
        let half = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
        self.0 = half(0) ^ half(8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::symbols::test_support::loaded_modules;

    fn frames(name: &str) -> Frames {
        Arc::new([Frame { function: name.into(), symbol: name.into(), file: None, line: 0, named: true }])
    }

    #[test]
    fn names_that_were_used_last_stay_and_no_more_than_the_bound() {
        let (mut cache, module) = (Cache::default(), Arc::from("id"));
        let name = "x".repeat(1000);
        let one = size(&frames(&name));
        assert!(one > 2 * name.len());
        for address in 0..3 * (MOST_BYTES_OF_NAMES / one) as u64 {
            cache.insert(&module, address, frames(&name));
            assert!(cache.get(&module, 0).is_some(), "asked for all the time, lost at {address}");
            assert!(cache.young.bytes + cache.old.bytes <= MOST_BYTES_OF_NAMES);
        }
        assert!(cache.get(&module, 1).is_none(), "never asked for");
        let before = cache.young.bytes;
        cache.insert(&module, 0, frames(&name));
        assert_eq!(cache.young.bytes, before, "it takes the place of its like");
    }

    #[test]
    fn modules_do_not_share_addresses() {
        let mut cache = Cache::default();
        let (one, other) = (Arc::from("one"), Arc::from("other"));
        cache.insert(&one, 7, frames("f"));
        assert_eq!(cache.get(&one, 7), Some(frames("f")));
        assert_eq!(cache.get(&other, 7), None);
    }

    /// The smallest that every process has.
    fn file() -> OpenFile {
        OpenFile::open(loaded_modules().iter().find(|module| module.is_vdso()).unwrap()).unwrap()
    }

    fn with_files(files: &[&str], most_bytes: usize) -> (Cache, usize) {
        let mut cache = Cache { most_bytes, ..Cache::default() };
        let closed = files.iter().map(|name| cache.put((*name).into(), file()).len()).sum();
        (cache, closed)
    }

    fn names(cache: &Cache) -> String {
        cache.files.iter().map(|(name, _)| &**name).collect()
    }

    #[test]
    fn the_files_used_last_stay() {
        let (mut cache, closed) = with_files(&["a", "b", "c", "d", "e", "f", "g", "h"], usize::MAX);
        assert_eq!(closed, 0);
        assert_eq!(cache.put("a".into(), file()).len(), 1, "one of a name");
        assert_eq!(cache.put("i".into(), file()).len(), 1);
        assert_eq!(names(&cache), "cdefghai");
        assert!(cache.take(&"b".into()).is_none() && cache.take(&"c".into()).is_some());
    }

    #[test]
    fn memory_of_files_is_bounded_and_names_take_of_it() {
        let size = file().size();
        assert!(size > 0);
        let (mut cache, closed) = with_files(&["a", "b", "c"], 2 * size);
        assert_eq!((names(&cache).as_str(), closed), ("bc", 1));
        cache.insert(&"id".into(), 1, frames("f"));
        assert_eq!(cache.put("d".into(), file()).len(), 2);
        assert_eq!(names(&cache), "d", "there is room for one and the name");
        cache.most_bytes = cache.young.bytes + size;
        assert_eq!((cache.shrink().len(), names(&cache).as_str()), (0, "d"));
        cache.insert(&"id".into(), 2, frames("g"));
        assert_eq!((cache.shrink().len(), names(&cache).as_str()), (1, ""), "names come first");
        cache.most_bytes = cache.young.bytes + size;
        assert_eq!(cache.put("d".into(), file()).len(), 0);
        cache.most_bytes = size - 1;
        assert_eq!(cache.put("e".into(), file()).len(), 1);
        assert_eq!(names(&cache), "d", "what does not fit at all drives nobody out");
    }
}
