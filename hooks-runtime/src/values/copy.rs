//! The values of a future's own labels, copied into its entry: what they borrow may be gone when they are read. Keys are not
//! copied, the site has them.

use super::ValueRef;
use super::bounds::{count_truncated, head};
use super::cell::Found;
use crate::sites::label_keys;
use std::panic::Location;

/// How many bytes there are for them. In models few: each word is one step more of a thread.
pub(crate) const ROOM: usize = if cfg!(all(test, loom)) { 24 } else { 88 };
const _: () = assert!(ROOM <= u8::MAX as usize);

const END: u8 = 0;
const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const ABSENT: u8 = 3;
const SET: u8 = 4;
const PLACE: u8 = 5;

/// See the module.
pub(crate) struct Values {
    bytes: [u8; ROOM],
    used: usize,
}

impl Values {
    pub(crate) fn new() -> Self {
        Values { bytes: [END; ROOM], used: 0 }
    }

    /// Adds what an observer found in a frame. What there is no room for is cut or left out, and counted.
    pub(crate) fn add(&mut self, found: Found<'_>) {
        let address = |place: *const ()| place.expose_provenance().to_ne_bytes();
        match found {
            Found::Text(text) => self.text(text),
            Found::Number(number) => self.push(&[&[NUMBER], &number.to_ne_bytes()]),
            Found::Absent => self.push(&[&[ABSENT]]),
            Found::Set(set) => self.push(&[&[SET], &address(std::ptr::from_ref(set).cast())]),
            Found::Place(place) => self.push(&[&[PLACE], &address(std::ptr::from_ref(place).cast())]),
            Found::Nothing => {}
        }
    }

    /// A text, or as much of it as there is room for, with a mark that says so: at least where it begins is worth knowing.
    fn text(&mut self, text: &str) {
        const CUT: &str = "…";
        let room = (ROOM - self.used).saturating_sub(2);
        let (text, mark) = if text.len() <= room {
            (text, "")
        } else if room > CUT.len() {
            count_truncated(1);
            (head(text, room - CUT.len()), CUT)
        } else {
            return self.is_full();
        };
        let Ok(length) = u8::try_from(text.len() + mark.len()) else { return self.is_full() };
        self.push(&[&[TEXT, length], text.as_bytes(), mark.as_bytes()]);
    }

    /// All of it or, where there is no room, nothing and nothing after it.
    fn push(&mut self, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.used + length > ROOM {
            return self.is_full();
        }
        for part in parts {
            self.bytes[self.used..self.used + part.len()].copy_from_slice(part);
            self.used += part.len();
        }
    }

    /// A label is left out.
    fn is_full(&mut self) {
        self.used = ROOM;
        count_truncated(1);
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        self.bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()))
    }

    pub(crate) fn from_words(words: [u64; ROOM / 8]) -> Self {
        let mut values = Values::new();
        for (bytes, word) in values.bytes.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        values
    }

    /// The labels, with the keys of `site`.
    pub(crate) fn visit(&self, site: &'static str, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let mut keys = label_keys(site);
        let mut reader = Reader(&self.bytes);
        while let Some(found) = reader.next() {
            if let Found::Set(set) = found {
                set.iter().for_each(|(key, value)| visit(key, value));
                continue;
            }
            let Some((key, unit)) = keys.next() else { return };
            match found {
                Found::Text(text) => visit(key, ValueRef::Text(text)),
                Found::Number(value) => visit(key, ValueRef::Number { value, unit }),
                Found::Absent | Found::Place(_) | Found::Set(_) | Found::Nothing => {}
            }
        }
    }

    /// The line of [`watched`](crate::tasks::watched), if the future is one.
    pub(crate) fn location(&self) -> Option<&'static Location<'static>> {
        match Reader(&self.bytes).next()? {
            Found::Place(place) => Some(place),
            _ => None,
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Found<'a>> {
        let [kind] = self.array()?;
        match kind {
            TEXT => {
                let [length] = self.array()?;
                let (text, rest) = self.0.split_at_checked(length.into())?;
                self.0 = rest;
                std::str::from_utf8(text).ok().map(Found::Text)
            }
            NUMBER => self.array().map(i64::from_ne_bytes).map(Found::Number),
            ABSENT => Some(Found::Absent),
            SET => {
                let address = usize::from_ne_bytes(self.array()?);
                // SAFETY: what `set` was given; sets live for ever.
                Some(Found::Set(unsafe { &*std::ptr::with_exposed_provenance(address) }))
            }
            PLACE => {
                let address = usize::from_ne_bytes(self.array()?);
                // SAFETY: what `place` was given, a static.
                Some(Found::Place(unsafe { &*std::ptr::with_exposed_provenance(address) }))
            }
            _ => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_at_checked(N)?;
        self.0 = rest;
        head.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "labeled(route,size:bytes,tenant) here::f a.rs:1";

    fn shown(values: &Values) -> Vec<String> {
        let copy = Values::from_words(std::array::from_fn(|index| values.words().nth(index).unwrap()));
        let mut shown = Vec::new();
        copy.visit(SITE, &mut |key, value| shown.push(format!("{key}={value}")));
        shown
    }

    #[test]
    fn values_come_back_under_the_keys_of_their_site() {
        let mut values = Values::new();
        values.add(Found::Text("/orders"));
        values.add(Found::Number(-7));
        values.add(Found::Absent);
        assert_eq!(shown(&values), ["route=/orders", "size=-7bytes"]);
        assert!(values.location().is_none());
    }

    #[test]
    fn a_text_without_room_is_cut_and_what_follows_left_out() {
        let mut values = Values::new();
        values.add(Found::Text(&"x".repeat(64)));
        values.add(Found::Number(1));
        values.add(Found::Text(&"é".repeat(20)));
        let shown = shown(&values);
        assert_eq!((shown.len(), shown[1].as_str()), (3, "size=1bytes"));
        assert!(shown[2].starts_with("tenant=éé") && shown[2].ends_with('…'), "{shown:?}");
        let mut full = Values::new();
        (0..20).for_each(|number| full.add(Found::Number(number)));
        full.add(Found::Text("after"));
        assert_eq!(full.used, ROOM);
    }
}
