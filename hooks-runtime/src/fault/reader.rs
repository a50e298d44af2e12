//! A map as a stream.

use super::{GuardedMap, scope};
use std::io::{self, Read, Seek, SeekFrom};

/// A map as `std::io` reads it. See [`GuardedMap::reader`].
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    map: &'a GuardedMap,
    position: u64,
}

impl GuardedMap {
    /// Reads the map from its start. A fault is an [`io::Error`] with the [`Fault`](super::Fault) in it, once what comes
    /// before it has been read; in a fn with `#[panic_on_fault]` for this map it is a panic.
    ///
    /// ```
    /// use std::io::{BufRead, BufReader};
    ///
    /// let map = hooks_runtime::fault::GuardedMap::map_anon(4096)?;
    /// map.write_at(0, b"one\ntwo\n")?;
    /// let lines: Vec<_> = BufReader::new(map.reader()).lines().take(2).collect::<Result<_, _>>()?;
    /// assert_eq!(lines, ["one", "two"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reader(&self) -> Reader<'_> {
        Reader { map: self, position: 0 }
    }
}

impl Read for Reader<'_> {
    #[track_caller]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let offset = usize::try_from(self.position).unwrap_or(usize::MAX);
        let (read, fault) = self.map.in_handler().read_some(offset, buffer);
        self.position += read as u64;
        match fault {
            Some(fault) if read == 0 => Err(scope::raised(self.map, fault).into()),
            _ => Ok(read),
        }
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(distance) => (self.map.len() as u64).checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
