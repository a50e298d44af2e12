//! Protobuf, as much of it as traces need: fields are appended to bytes, and a message to its parent once it is whole.
//!
//! Ours, since an event is 13 bytes that are written in some ten nanoseconds: a library builds a tree of messages first.

/// The fields of one message.
pub(crate) trait Message {
    /// A number.
    fn number(&mut self, field: u32, value: u64);
    /// A number that may be below zero.
    fn signed(&mut self, field: u32, value: i64);
    /// Eight bytes as they are.
    fn fixed(&mut self, field: u32, value: u64);
    /// Bytes, a text, or a message that is whole.
    fn bytes(&mut self, field: u32, value: &[u8]);
    /// A message, of at most 127 bytes mostly: a longer one is moved once.
    fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self));
}

const VARINT: u32 = 0;
const FIXED: u32 = 1;
const BYTES: u32 = 2;

impl Message for Vec<u8> {
    #[inline]
    fn number(&mut self, field: u32, value: u64) {
        varint(self, (field << 3 | VARINT).into());
        varint(self, value);
    }

    fn signed(&mut self, field: u32, value: i64) {
        self.number(field, value.cast_unsigned());
    }

    fn fixed(&mut self, field: u32, value: u64) {
        varint(self, (field << 3 | FIXED).into());
        self.extend(value.to_le_bytes());
    }

    fn bytes(&mut self, field: u32, value: &[u8]) {
        varint(self, (field << 3 | BYTES).into());
        varint(self, value.len() as u64);
        self.extend(value);
    }

    #[inline]
    fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        varint(self, (field << 3 | BYTES).into());
        let at = self.len();
        self.push(0);
        fill(self);
        let length = self.len() - at - 1;
        if let Ok(short @ 0..0x80) = u8::try_from(length) {
            self[at] = short;
        } else {
            let mut bytes = Vec::new();
            varint(&mut bytes, length as u64);
            self.splice(at..=at, bytes);
        }
    }
}

#[inline]
fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(low(value) | 0x80);
        value >>= 7;
    }
    to.push(low(value));
}

/// How many of these bytes are whole fields of this number, which are messages, and at most so many.
pub(crate) fn whole(bytes: &[u8], field: u32, most: usize) -> usize {
    let (mut end, tag) = (0, u8::try_from(field << 3 | BYTES).ok());
    while let Some(next) = message_end(bytes, end, tag).filter(|next| *next <= most) {
        end = next;
    }
    end
}

/// Where the message ends that begins here.
fn message_end(bytes: &[u8], at: usize, tag: Option<u8>) -> Option<usize> {
    bytes.get(at).filter(|first| Some(**first) == tag)?;
    let length = bytes.get(at + 1..)?;
    let digits = 1 + length.iter().take(9).position(|byte| *byte < 0x80)?;
    let value = length[..digits].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    let end = (at + 1 + digits).checked_add(value)?;
    (end <= bytes.len()).then_some(end)
}

fn low(value: u64) -> u8 {
    (value & 0x7f) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let mut bytes = Vec::new();
        bytes.number(1, 150);
        bytes.number(20, 0);
        bytes.signed(2, -1);
        assert_eq!(bytes, [&[8, 0x96, 1, 0xa0, 1, 0, 0x10][..], &[0xff; 9], &[1]].concat());
    }

    #[test]
    fn messages_of_any_length_say_it() {
        for length in [0, 1, 127, 128, 20_000] {
            let text = vec![b'x'; length];
            let (mut inside, mut expected) = (Vec::new(), Vec::new());
            inside.bytes(2, &text);
            expected.bytes(1, &inside);
            expected.number(3, 4);
            let mut bytes = Vec::new();
            bytes.message(1, |message| message.bytes(2, &text));
            let end = bytes.len();
            assert_eq!(
                (whole(&bytes, 1, end - 1), whole(&bytes, 1, end), whole(&bytes, 2, end)),
                (0, end, 0)
            );
            bytes.number(3, 4);
            assert_eq!(bytes, expected);
            assert_eq!(whole(&[&bytes[..end], &bytes].concat(), 1, usize::MAX), 2 * end);
        }
    }
}
