//! What a record says beside its two words: fields, each with a byte that says what it is.

use super::record::MOST_PAYLOAD;
use crate::shared::{AtomicU64, Ordering::Relaxed};
use crate::values::ValueRef;
use crate::values::bounds::{count_truncated, head};

const ABSENT: u8 = 0;
const TEXT: u8 = 1;
const UNSIGNED: u8 = 2;
const SIGNED: u8 = 3;
const FLOAT: u8 = 4;

/// Written where it stays: in a chunk.
pub struct Payload<'a> {
    /// Room for [`MOST_PAYLOAD`] bytes.
    words: &'a [AtomicU64],
    length: usize,
    /// The word that is not full yet.
    last: u64,
}

impl<'a> Payload<'a> {
    pub(super) fn new(words: &'a [AtomicU64]) -> Self {
        Payload { words, length: 0, last: 0 }
    }

    /// No value. Says, as all of these do, whether there was room: after `false` there is none for anything.
    pub fn absent(&mut self) -> bool {
        self.push(&[ABSENT])
    }

    /// As much of it as there is room for; what is cut is counted.
    pub fn text(&mut self, text: &str) -> bool {
        let room = self.room().saturating_sub(3);
        let kept = head(text, room.min(usize::from(u16::MAX)));
        if kept.len() < text.len() {
            count_truncated(1);
        }
        let length = u16::try_from(kept.len()).unwrap_or(0).to_le_bytes();
        self.push(&[TEXT, length[0], length[1]]) && self.push(kept.as_bytes())
    }

    /// A number from 0 on.
    pub fn unsigned(&mut self, value: u64) -> bool {
        self.number(UNSIGNED, value)
    }

    /// A number.
    pub fn signed(&mut self, value: i64) -> bool {
        self.number(SIGNED, u64::from_ne_bytes(value.to_ne_bytes()))
    }

    /// A floating point number.
    pub fn float(&mut self, value: f64) -> bool {
        self.number(FLOAT, value.to_bits())
    }

    /// Without its unit, which the site has.
    pub(crate) fn value(&mut self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Text(text) => self.text(text),
            ValueRef::Number { value, .. } => self.signed(value),
        }
    }

    fn number(&mut self, tag: u8, bits: u64) -> bool {
        self.room() >= 9 && self.push(&[tag]) && self.push(&bits.to_le_bytes())
    }

    fn room(&self) -> usize {
        MOST_PAYLOAD - self.length
    }

    /// All of it, or nothing and nothing after it.
    fn push(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > self.room() {
            count_truncated(1);
            return false;
        }
        for part in bytes.chunks(8) {
            self.push_word(part);
        }
        true
    }

    /// At most eight bytes.
    fn push_word(&mut self, part: &[u8]) {
        let mut bytes = [0; 8];
        bytes[..part.len()].copy_from_slice(part);
        let (word, filled) = (u64::from_le_bytes(bytes), self.length % 8);
        self.last |= word << (8 * filled);
        if filled + part.len() >= 8 {
            self.store();
            self.last = if filled == 0 { 0 } else { word >> (8 * (8 - filled)) };
        }
        self.length += part.len();
    }

    /// The word that the next byte belongs to.
    fn store(&self) {
        if let Some(word) = self.words.get(self.length / 8) {
            word.store(self.last.to_le(), Relaxed);
        }
    }

    /// How many bytes it has.
    pub(super) fn end(self) -> usize {
        if self.length % 8 != 0 {
            self.store();
        }
        self.length
    }
}

/// What a payload says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Field<'a> {
    /// No value.
    Absent,
    /// Text.
    Text(&'a str),
    /// A number from 0 on.
    Unsigned(u64),
    /// A number.
    Signed(i64),
    /// A floating point number.
    Float(f64),
}

/// The fields of a payload, in order. Ends at the first that is none.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// All of this payload.
    pub fn new(payload: &'a [u8]) -> Self {
        Fields { rest: payload }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = u16::from_le_bytes(self.take()?);
        let (text, rest) = self.rest.split_at_checked(length.into())?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let [tag] = self.take()?;
        match tag {
            ABSENT => Some(Field::Absent),
            TEXT => self.text().map(Field::Text),
            UNSIGNED => self.take().map(u64::from_le_bytes).map(Field::Unsigned),
            SIGNED => self.take().map(i64::from_le_bytes).map(Field::Signed),
            FLOAT => self.take().map(u64::from_le_bytes).map(f64::from_bits).map(Field::Float),
            _ => None,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::trace::record::payload_words;

    fn written(fill: impl FnOnce(&mut Payload<'_>)) -> Vec<u8> {
        let words: Vec<AtomicU64> = (0..payload_words(MOST_PAYLOAD)).map(|_| AtomicU64::new(!0)).collect();
        let mut payload = Payload::new(&words);
        fill(&mut payload);
        let length = payload.end();
        let bytes = words.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes());
        bytes.take(length).collect()
    }

    #[test]
    fn fields_come_back_as_they_were_written() {
        for length in 0..20 {
            let text = "x".repeat(length);
            let bytes = written(|payload| {
                assert!(payload.text(&text) && payload.absent() && payload.signed(-7));
                assert!(payload.unsigned(u64::MAX) && payload.float(0.5) && payload.text("é"));
            });
            let fields: Vec<Field<'_>> = Fields::new(&bytes).collect();
            assert_eq!(
                fields,
                [
                    Field::Text(&text),
                    Field::Absent,
                    Field::Signed(-7),
                    Field::Unsigned(u64::MAX),
                    Field::Float(0.5),
                    Field::Text("é")
                ]
            );
        }
    }

    #[test]
    fn what_has_no_room_is_cut_at_a_character_and_nothing_follows() {
        let bytes = written(|payload| {
            assert!(payload.absent() && payload.text(&"é".repeat(MOST_PAYLOAD)));
            assert!(!payload.unsigned(1) && !payload.text(""));
        });
        assert!(bytes.len() <= MOST_PAYLOAD);
        let fields: Vec<Field<'_>> = Fields::new(&bytes).collect();
        let [Field::Absent, Field::Text(text)] = fields[..] else { panic!("{fields:?}") };
        assert!(text.chars().all(|letter| letter == 'é') && text.len() > MOST_PAYLOAD - 8);
    }

    #[test]
    fn bytes_that_are_no_fields_end_them() {
        for bytes in [&[9][..], &[TEXT, 5, 0, b'a'], &[TEXT, 1, 0, 0xff], &[SIGNED, 1], &[TEXT, 1]] {
            assert_eq!(Fields::new(bytes).next(), None, "{bytes:?}");
        }
    }
}
