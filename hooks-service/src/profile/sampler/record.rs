//! One sample as the signal handler leaves it: plain bytes of fixed size.

use crate::profile::{Label, LabelValue};
use hooks_runtime::labels::observe::ValueRef;

/// Most frames of a stack that are kept, from the leaf on.
pub(super) const MAX_FRAMES: usize = 128;
/// Room for the labels of one sample, keys and values, in bytes.
const LABEL_ROOM: usize = 1000;

const TEXT: u8 = 0;
const NUMBER: u8 = 1;

/// A sample.
pub(super) struct Record {
    /// Periods of the clock that it stands for.
    pub(super) weight: u32,
    frame_count: u16,
    label_bytes: u16,
    /// The stack went on after [`MAX_FRAMES`] frames.
    pub(super) truncated: bool,
    /// The unwinder found the root of the stack.
    pub(super) complete: bool,
    frames: [u64; MAX_FRAMES],
    labels: [u8; LABEL_ROOM],
}

impl Default for Record {
    fn default() -> Self {
        Self {
            weight: 0,
            frame_count: 0,
            label_bytes: 0,
            truncated: false,
            complete: false,
            frames: [0; MAX_FRAMES],
            labels: [0; LABEL_ROOM],
        }
    }
}

impl Record {
    /// Empties the record for a new sample.
    pub(super) fn reset(&mut self, weight: u32) {
        self.weight = weight;
        self.frame_count = 0;
        self.label_bytes = 0;
        self.truncated = false;
        self.complete = false;
    }

    /// Adds a frame, `false` if there is no room.
    pub(super) fn push_frame(&mut self, address: u64) -> bool {
        let Some(frame) = self.frames.get_mut(usize::from(self.frame_count)) else { return false };
        *frame = address;
        self.frame_count += 1;
        true
    }

    /// The frames, leaf first.
    pub(super) fn frames(&self) -> &[u64] {
        &self.frames[..usize::from(self.frame_count)]
    }

    /// The labels, encoded: see [`decode_labels`].
    pub(super) fn labels(&self) -> &[u8] {
        &self.labels[..usize::from(self.label_bytes)]
    }

    /// Copies a label, key and all: the key may live in a library that is gone when the record is read. `false`: no room.
    pub(super) fn push_label(&mut self, key: &str, value: ValueRef<'_>) -> bool {
        let start = usize::from(self.label_bytes);
        let mut writer = Writer { room: &mut self.labels[start..], used: 0 };
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
            self.label_bytes = end;
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

/// The labels that [`Record::push_label`] wrote, sorted by key: sets that differ only in their nesting are one set.
pub(super) fn decode_labels(bytes: &[u8]) -> Vec<Label> {
    let mut reader = Reader(bytes);
    let mut labels: Vec<_> = std::iter::from_fn(|| reader.label()).collect();
    labels.sort_by(|a, b| a.key.cmp(&b.key));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_back_sorted_and_whole() {
        let mut record = Record::default();
        assert!(record.push_label("route", ValueRef::Text("/orders")));
        assert!(record.push_label("body", ValueRef::Number { value: -7, unit: "bytes" }));
        let labels = decode_labels(record.labels());
        assert_eq!(
            labels,
            [
                Label { key: "body".into(), value: LabelValue::Number { value: -7, unit: "bytes".into() } },
                Label { key: "route".into(), value: LabelValue::Text("/orders".into()) },
            ]
        );
    }

    #[test]
    fn a_label_that_does_not_fit_leaves_the_others_whole() {
        let mut record = Record::default();
        assert!(record.push_label("first", ValueRef::Text("kept")));
        assert!(!record.push_label("second", ValueRef::Text(&"x".repeat(LABEL_ROOM))));
        assert!(record.push_label("third", ValueRef::Text("kept too")));
        let keys: Vec<_> = decode_labels(record.labels()).into_iter().map(|label| label.key).collect();
        assert_eq!(keys, ["first".into(), "third".into()] as [Box<str>; 2]);
    }

    #[test]
    fn frames_stop_at_the_bound() {
        let mut record = Record::default();
        assert!((0..MAX_FRAMES as u64).all(|frame| record.push_frame(frame)));
        assert!(!record.push_frame(0));
        assert_eq!(record.frames().len(), MAX_FRAMES);
        record.reset(1);
        assert!(record.frames().is_empty());
    }
}
