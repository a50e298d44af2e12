//! Protocol buffers, as far as `profile.proto` needs them: fields that only append to a buffer.

/// The number of a field in its message.
pub(crate) type Tag = u32;

const VARINT: u32 = 0;
const LENGTH_DELIMITED: u32 = 2;

/// One encoded message.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// An `uint64`, `int64` or `bool`; zero is the default and takes no bytes.
    pub(crate) fn number(&mut self, tag: Tag, value: u64) {
        if value != 0 {
            self.key(tag, VARINT);
            self.varint(value);
        }
    }

    pub(crate) fn signed(&mut self, tag: Tag, value: i64) {
        self.number(tag, value.cast_unsigned());
    }

    pub(crate) fn boolean(&mut self, tag: Tag, value: bool) {
        self.number(tag, u64::from(value));
    }

    /// One element of a repeated string, or a string: written even when empty, because its place counts.
    pub(crate) fn string(&mut self, tag: Tag, value: &str) {
        self.delimited(tag, value.as_bytes());
    }

    pub(crate) fn packed(&mut self, tag: Tag, values: impl Iterator<Item = u64>) {
        let mut packed = Message::default();
        values.for_each(|value| packed.varint(value));
        self.message(tag, &packed);
    }

    pub(crate) fn message(&mut self, tag: Tag, message: &Message) {
        self.delimited(tag, &message.0);
    }

    fn delimited(&mut self, tag: Tag, bytes: &[u8]) {
        self.key(tag, LENGTH_DELIMITED);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn key(&mut self, tag: Tag, wire_type: u32) {
        self.varint(u64::from(tag << 3 | wire_type));
    }

    /// Seven bits a byte, the lowest first, the top bit set on all but the last.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(write: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut message = Message::default();
        write(&mut message);
        message.0
    }

    // The expected bytes are those of the protocol buffers' encoding guide.
    #[test]
    fn numbers() {
        assert_eq!(encoded(|message| message.number(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(encoded(|message| message.number(1, 0)), [] as [u8; 0]);
        assert_eq!(encoded(|message| message.signed(1, -2)).len(), 11);
        assert_eq!(encoded(|message| message.boolean(10, true)), [0x50, 0x01]);
        assert_eq!(encoded(|message| message.number(15, 1)), [0x78, 0x01]);
        assert_eq!(encoded(|message| message.number(16, 1)), [0x80, 0x01, 0x01]);
    }

    #[test]
    fn strings_and_messages() {
        assert_eq!(encoded(|message| message.string(2, "testing")), *b"\x12\x07testing");
        assert_eq!(encoded(|message| message.string(2, "")), [0x12, 0x00]);
        assert_eq!(
            encoded(|message| message.packed(6, [3, 270, 86_942].into_iter())),
            *b"\x32\x06\x03\x8e\x02\x9e\xa7\x05"
        );
        let inner = Message(encoded(|message| message.number(1, 150)));
        assert_eq!(encoded(|message| message.message(3, &inner)), [0x1a, 0x03, 0x08, 0x96, 0x01]);
    }
}
