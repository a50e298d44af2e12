//! How often which label occurs, in fixed memory: of the values that do not fit the rarest are dropped.

use crate::label::{Label, LabelValue};
use hooks_runtime::labels::observe::ValueRef;
use std::fmt::Write;

/// How many different labels are counted at a time.
const KEPT: usize = 16;
/// Longest `key=value` that is told apart, in bytes.
const LENGTH: usize = 96;

/// One label, and how often it came, at most and at least.
#[derive(Clone, Copy)]
struct LabelCount {
    text: Text,
    key: u8,
    number: bool,
    most: u64,
    error: u64,
}

/// `key=value`, cut.
#[derive(Clone, Copy)]
struct Text {
    length: u8,
    bytes: [u8; LENGTH],
}

/// See the module. The method is Space-Saving (Metwally, Agrawal, El Abbadi 2005): a new value takes the place of the rarest one and
/// its count, which from then on is the new one's error.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    counted: [LabelCount; KEPT],
    used: usize,
}

impl Default for Counts {
    fn default() -> Self {
        let text = Text { length: 0, bytes: [0; LENGTH] };
        let none = LabelCount { text, key: 0, number: false, most: 0, error: 0 };
        Self { counted: [none; KEPT], used: 0 }
    }
}

impl Counts {
    pub(super) fn add(&mut self, key: &str, value: ValueRef<'_>) {
        let mut text = Text { length: 0, bytes: [0; LENGTH] };
        let _ = text.write_str(key);
        let key = text.length;
        let number = match value {
            ValueRef::Text(value) => write!(text, "={value}").is_err(),
            ValueRef::Number { value, unit } => write!(text, "={value}{unit}").is_ok(),
        };
        let number = number && matches!(value, ValueRef::Number { .. });
        match self.counted[..self.used].iter_mut().find(|counted| counted.text.bytes() == text.bytes()) {
            Some(known) => known.most += 1,
            None => self.replace(LabelCount { text, key, number, most: 1, error: 0 }),
        }
    }

    fn replace(&mut self, mut new: LabelCount) {
        if let Some(free) = self.counted.get_mut(self.used) {
            *free = new;
            self.used += 1;
            return;
        }
        if let Some(rarest) = self.counted.iter_mut().min_by_key(|counted| counted.most) {
            (new.most, new.error) = (rarest.most + 1, rarest.most);
            *rarest = new;
        }
    }

    /// The labels that certainly came at least `least` times, and how often at least.
    pub(super) fn frequent(&self, least: u64) -> Vec<(Label, u64)> {
        let sure = |counted: &LabelCount| counted.most - counted.error;
        let often = self.counted[..self.used].iter().filter(|counted| sure(counted) >= least.max(1));
        let mut labels: Vec<_> = often.map(|counted| (counted.label(), sure(counted))).collect();
        labels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        labels
    }
}

impl LabelCount {
    fn label(&self) -> Label {
        let text = String::from_utf8_lossy(self.text.bytes());
        let (key, value) = text.split_at_checked(self.key.into()).unwrap_or((&text, ""));
        let value = value.strip_prefix('=').unwrap_or(value);
        let end = value.find(|mark: char| !mark.is_ascii_digit() && mark != '-').unwrap_or(value.len());
        let (digits, unit) = value.split_at(end);
        let value = match digits.parse() {
            Ok(number) if self.number => LabelValue::Number { value: number, unit: unit.into() },
            _ => LabelValue::Text(value.into()),
        };
        Label { key: key.into(), value }
    }
}

impl Text {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl Write for Text {
    /// What does not fit is cut at a char boundary.
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = LENGTH - usize::from(self.length);
        let end = (0..=text.len().min(room)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let start = usize::from(self.length);
        self.bytes[start..start + end].copy_from_slice(&text.as_bytes()[..end]);
        self.length += u8::try_from(end).unwrap_or(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(counts: &Counts, least: u64) -> Vec<String> {
        let frequent = counts.frequent(least);
        frequent.iter().map(|(label, count)| format!("{}={} {count}", label.key, label.value)).collect()
    }

    #[test]
    fn few_labels_are_counted_exactly() {
        let mut counts = Counts::default();
        for index in 0..100 {
            let route = if index % 10 < 6 { "/pay" } else { "/orders" };
            counts.add("route", ValueRef::Text(route));
            counts.add("size", ValueRef::Number { value: -5, unit: "bytes" });
        }
        assert_eq!(shown(&counts, 5), ["size=-5 bytes 100", "route=/pay 60", "route=/orders 40"]);
    }

    #[test]
    fn a_frequent_label_survives_any_number_of_rare_ones() {
        let mut counts = Counts::default();
        for index in 0..10_000 {
            counts.add("request", ValueRef::Text(&format!("id-{index}")));
            if index % 2 == 0 {
                counts.add("route", ValueRef::Text("/pay"));
            }
        }
        let shown = shown(&counts, 1000);
        assert_eq!(shown.len(), 1, "{shown:?}");
        let count: u64 = shown[0].strip_prefix("route=/pay ").unwrap().parse().unwrap();
        assert!((4000..=5000).contains(&count), "no more than there were: {count}");
    }

    #[test]
    fn long_labels_are_cut_between_chars() {
        let mut counts = Counts::default();
        counts.add("key", ValueRef::Text(&"é".repeat(100)));
        assert_eq!(shown(&counts, 1), [format!("key={} 1", "é".repeat(46))]);
        counts.add(&"k".repeat(200), ValueRef::Number { value: 1, unit: "" });
        assert_eq!(shown(&counts, 1).len(), 2);
    }
}
