//! SIGNAL HANDLER, up to the mark. Labels as a signal handler leaves them: keys and values as plain bytes, in room of fixed
//! size.

use crate::label::{Label, LabelValue};
use hooks_runtime::labels::observe::ValueRef;

const TEXT: u8 = 0;
const NUMBER: u8 = 1;

/// Room for `ROOM` bytes of labels.
pub(crate) struct LabelBytes<const ROOM: usize> {
    used: u16,
    bytes: [u8; ROOM],
}

impl<const ROOM: usize> Default for LabelBytes<ROOM> {
    fn default() -> Self {
        Self { used: 0, bytes: [0; ROOM] }
    }
}

impl<const ROOM: usize> LabelBytes<ROOM> {
    /// Forgets all labels.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    /// The labels, encoded: see [`decode_labels`].
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.used)]
    }

    /// Copies a label, key and all: the key may live in a library that is gone when it is read. `false`: no room.
    /// Async-signal-safe.
    pub(crate) fn push(&mut self, key: &str, value: ValueRef<'_>) -> bool {
        let start = usize::from(self.used);
        let mut writer = Writer { room: &mut self.bytes[start..], used: 0 };
        let written = match value {
            ValueRef::Text(text) => writer.bytes(&[TEXT]) && writer.text(key) && writer.text(text),
            ValueRef::Number { value, unit } => {
                writer.bytes(&[NUMBER])
                    && writer.text(key)
                    && writer.bytes(&value.to_le_bytes())
                    && writer.text(unit)
            }
        };
        let end = start + writer.used;
        if let (true, Ok(end)) = (written, u16::try_from(end)) {
            self.used = end;
            return true;
        }
        false
    }
}

struct Writer<'a> {
    room: &'a mut [u8],
    used: usize,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> bool {
        let Some(room) = self.room.get_mut(self.used..self.used + bytes.len()) else { return false };
        room.copy_from_slice(bytes);
        self.used += bytes.len();
        true
    }

    fn text(&mut self, text: &str) -> bool {
        let Ok(length) = u16::try_from(text.len()) else { return false };
        self.bytes(&length.to_le_bytes()) && self.bytes(text.as_bytes())
    }
}

// The mark: what follows does not run in a handler.

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn text(&mut self) -> Option<Box<str>> {
        let length = u16::from_le_bytes(self.array()?);
        Some(String::from_utf8_lossy(self.bytes(usize::from(length))?).into())
    }

    fn label(&mut self) -> Option<Label> {
        let [kind] = self.array()?;
        let key = self.text()?;
        let value = match kind {
            TEXT => LabelValue::Text(self.text()?),
            _ => LabelValue::Number { value: i64::from_le_bytes(self.array()?), unit: self.text()? },
        };
        Some(Label { key, value })
    }
}

/// The labels that [`LabelBytes::push`] wrote, sorted by key: sets that differ only in their nesting are one set.
pub(crate) fn decode_labels(bytes: &[u8]) -> Vec<Label> {
    let mut reader = Reader(bytes);
    let mut labels: Vec<_> = std::iter::from_fn(|| reader.label()).collect();
    labels.sort_by(|a, b| a.key.cmp(&b.key));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 100;

    #[test]
    fn labels_come_back_sorted_and_whole() {
        let mut bytes = LabelBytes::<ROOM>::default();
        assert!(bytes.push("route", ValueRef::Text("/orders")));
        assert!(bytes.push("body", ValueRef::Number { value: -7, unit: "bytes" }));
        assert_eq!(
            decode_labels(bytes.bytes()),
            [
                Label { key: "body".into(), value: LabelValue::Number { value: -7, unit: "bytes".into() } },
                Label { key: "route".into(), value: LabelValue::Text("/orders".into()) },
            ]
        );
        bytes.clear();
        assert!(decode_labels(bytes.bytes()).is_empty());
    }

    #[test]
    fn a_label_that_does_not_fit_leaves_the_others_whole() {
        let mut bytes = LabelBytes::<ROOM>::default();
        assert!(bytes.push("first", ValueRef::Text("kept")));
        assert!(!bytes.push("second", ValueRef::Text(&"x".repeat(ROOM))));
        assert!(bytes.push("third", ValueRef::Text("kept too")));
        let keys: Vec<_> = decode_labels(bytes.bytes()).into_iter().map(|label| label.key).collect();
        assert_eq!(keys, ["first".into(), "third".into()] as [Box<str>; 2]);
    }
}
