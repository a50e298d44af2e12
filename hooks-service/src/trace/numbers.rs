//! Numbers that were there, from 0 on without large gaps: a bit for each.

/// See the module.
#[derive(Default)]
pub(crate) struct Numbers(Vec<u64>);

/// Most words: a number of a file may be anything. Larger ones are never there.
const MOST: usize = 1 << 20;

impl Numbers {
    #[inline]
    pub(crate) fn has(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether it is a new one.
    pub(crate) fn add(&mut self, number: u64) -> bool {
        let (word, bit) = place(number);
        if word >= MOST || self.has(number) {
            return false;
        }
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
        true
    }
}

#[inline]
fn place(number: u64) -> (usize, u64) {
    (usize::try_from(number / 64).unwrap_or(usize::MAX), 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_once_and_those_that_cannot_be_never() {
        let mut numbers = Numbers::default();
        for number in [0, 63, 64, 100_000] {
            assert!(
                !numbers.has(number) && numbers.add(number) && numbers.has(number) && !numbers.add(number)
            );
        }
        assert!(!numbers.has(1) && !numbers.add(u64::MAX) && !numbers.has(u64::MAX));
    }
}
