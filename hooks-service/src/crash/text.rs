//! SIGNAL HANDLER. Text in a buffer of fixed size: no allocation, no panic; what does not fit is left out.

use std::fmt;

/// What a pipe that is ready takes at once (`PIPE_BUF`), and what one message to the monitor holds.
pub(super) const CHUNK: usize = 4096;

/// A line being composed.
pub(super) struct Line<const N: usize> {
    room: [u8; N],
    used: usize,
}

impl<const N: usize> Line<N> {
    pub(super) const fn new() -> Self {
        Self { room: [0; N], used: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.room.get(..self.used).unwrap_or_default()
    }

    /// As much of `bytes` as there is room for.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let Some(room) = self.room.get_mut(self.used..) else { return };
        let taken = room.len().min(bytes.len());
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = *byte;
        }
        self.used += taken;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// A number in decimal.
    pub(super) fn number(&mut self, mut number: u64) {
        let mut digits = [0_u8; 20];
        let mut count = 0;
        for place in digits.iter_mut().rev() {
            *place = b'0' + u8::try_from(number % 10).unwrap_or(0);
            count += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.push(digits.get(digits.len() - count..).unwrap_or_default());
    }
}

/// For `write!` of texts and numbers, which neither allocates nor panics.
impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_written_until_the_room_is_used() {
        let mut line = Line::<32>::new();
        for number in [0, 7, 10, u64::MAX] {
            line.number(number);
            line.text(" ");
        }
        let all = "0 7 10 18446744073709551615 ";
        assert_eq!(std::str::from_utf8(line.bytes()).unwrap(), all);
        line.text("123456789");
        assert_eq!(line.bytes().len(), 32);
        assert!(line.bytes().ends_with(b" 1234"));
    }
}
