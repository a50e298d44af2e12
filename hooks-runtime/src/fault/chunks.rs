//! A map in pieces, one after the other.

use super::{Fault, GuardedMap, scope};

/// A map in pieces of one size, the last of which may be shorter. See [`GuardedMap::chunks`].
#[derive(Debug)]
pub struct Chunks<'a> {
    map: &'a GuardedMap,
    offset: usize,
    buffer: Vec<u8>,
    fault: Option<Fault>,
}

impl GuardedMap {
    /// Copies of the map's bytes, `size` at a time.
    ///
    /// # Panics
    /// If `size` is 0.
    ///
    /// Cost: one buffer of `size` bytes for all.
    ///
    /// ```
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(10_000)?;
    /// let (mut chunks, mut sizes) = (map.chunks(4096), Vec::new());
    /// while let Some(chunk) = chunks.next_chunk() {
    ///     sizes.push(chunk?.len());
    /// }
    /// assert_eq!(sizes, [4096, 4096, 1808]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn chunks(&self, size: usize) -> Chunks<'_> {
        assert!(size > 0, "a chunk has at least one byte");
        Chunks { map: self, offset: 0, buffer: vec![0; size.min(self.len())], fault: None }
    }
}

impl Chunks<'_> {
    /// The next piece, `None` behind the last.
    ///
    /// # Errors
    /// The [`Fault`], after a shorter piece with what comes before it, and then at each further call. In a fn with
    /// `#[panic_on_fault]` for this map it is a panic.
    #[track_caller]
    pub fn next_chunk(&mut self) -> Option<Result<&[u8], Fault>> {
        if self.fault.is_none() {
            if self.offset == self.map.len() {
                return None;
            }
            let (read, fault) = self.map.in_handler().read_some(self.offset, &mut self.buffer);
            (self.offset, self.fault) = (self.offset + read, fault);
            if read > 0 {
                return Some(Ok(&self.buffer[..read]));
            }
        }
        self.fault.map(|fault| Err(scope::raised(self.map, fault)))
    }
}
