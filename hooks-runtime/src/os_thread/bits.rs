//! Sets of small numbers, as people write them.

use std::fmt;

/// `0-3,6`: the bits that are set, numbered from `first`.
pub(super) struct Ranges<'a> {
    pub(super) words: &'a [u64],
    pub(super) first: usize,
}

impl Ranges<'_> {
    fn has(&self, bit: usize) -> bool {
        self.words.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts =
            (0..self.words.len() * 64).filter(|bit| self.has(*bit) && (*bit == 0 || !self.has(bit - 1)));
        let mut separator = "";
        for start in starts {
            let length = (start..self.words.len() * 64).take_while(|bit| self.has(*bit)).count();
            let (low, high) = (start + self.first, start + self.first + length - 1);
            match length {
                1 => write!(f, "{separator}{low}")?,
                _ => write!(f, "{separator}{low}-{high}")?,
            }
            separator = ",";
        }
        if separator.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn numbers_in_a_row_are_one_range() {
        let shown = |words: &[u64], first| Ranges { words, first }.to_string();
        assert_eq!(shown(&[0], 0), "none");
        assert_eq!(shown(&[0b1], 0), "0");
        assert_eq!(shown(&[0b1], 1), "1");
        assert_eq!(shown(&[0b100_1111], 0), "0-3,6");
        assert_eq!(shown(&[1 << 63, 0b11], 0), "63-65");
        assert_eq!(shown(&[u64::MAX], 1), "1-64");
    }
}
