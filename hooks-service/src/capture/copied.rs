//! SIGNAL HANDLER. A stack of which there is a copy.

/// A copy of the memory from `start` on.
pub(crate) struct Copied<'a> {
    pub(crate) start: u64,
    pub(crate) bytes: &'a [u8],
}

impl Copied<'_> {
    /// The word at `address`, or an error if there is no copy of it. Async-signal-safe.
    pub(crate) fn word(&self, address: u64) -> Result<u64, ()> {
        let offset = usize::try_from(address.checked_sub(self.start).ok_or(())?).map_err(|_| ())?;
        let bytes = self.bytes.get(offset..offset.checked_add(8).ok_or(())?).ok_or(())?;
        Ok(u64::from_ne_bytes(bytes.try_into().map_err(|_| ())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_outside_of_the_copy_are_not_had() {
        let bytes: Vec<u8> = (0..16).collect();
        let copied = Copied { start: 0x1000, bytes: &bytes };
        assert_eq!(copied.word(0x1000), Ok(u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 6, 7])));
        assert_eq!(copied.word(0x1008).map(u64::to_ne_bytes), Ok([8, 9, 10, 11, 12, 13, 14, 15]));
        for outside in [0, 0xfff, 0x1009, 0x1010, u64::MAX] {
            assert_eq!(copied.word(outside), Err(()), "{outside:#x}");
        }
    }
}
