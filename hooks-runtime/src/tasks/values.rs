//! The values of a future's own labels, copied into its entry: what they borrow may be gone when they are read. Keys are not
//! copied, the site has them.

use crate::labels::ValueRef;
use crate::labels::interned::Set;
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

    /// A text, or as much of it as there is room for: at least where it begins is worth knowing.
    pub(crate) fn text(&mut self, text: &str) {
        let room = (ROOM - self.used).saturating_sub(2);
        let text = crate::labels::head(text, room);
        let Ok(length) = u8::try_from(text.len()) else { return };
        self.push(&[&[TEXT, length], text.as_bytes()]);
    }

    pub(crate) fn number(&mut self, number: i64) {
        self.push(&[&[NUMBER], &number.to_ne_bytes()]);
    }

    pub(crate) fn absent(&mut self) {
        self.push(&[&[ABSENT]]);
    }

    pub(crate) fn set(&mut self, set: &'static Set) {
        self.push(&[&[SET], &std::ptr::from_ref(set).expose_provenance().to_ne_bytes()]);
    }

    pub(crate) fn place(&mut self, place: &'static Location<'static>) {
        self.push(&[&[PLACE], &std::ptr::from_ref(place).expose_provenance().to_ne_bytes()]);
    }

    /// All of it or, where there is no room, nothing and nothing after it.
    fn push(&mut self, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.used + length > ROOM {
            self.used = ROOM;
            return;
        }
        for part in parts {
            self.bytes[self.used..self.used + part.len()].copy_from_slice(part);
            self.used += part.len();
        }
    }

    pub(super) fn words(&self) -> impl Iterator<Item = u64> {
        self.bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().unwrap_or_default()))
    }

    pub(super) fn from_words(words: [u64; ROOM / 8]) -> Self {
        let mut values = Values::new();
        for (bytes, word) in values.bytes.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        values
    }

    /// The labels, with the keys of `site`.
    pub(super) fn visit(&self, site: &'static str, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
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
                Found::Absent | Found::Place(_) | Found::Set(_) => {}
            }
        }
    }

    /// The line of [`watched`](super::watched), if the future is one.
    pub(super) fn location(&self) -> Option<&'static Location<'static>> {
        match Reader(&self.bytes).next()? {
            Found::Place(place) => Some(place),
            _ => None,
        }
    }
}

enum Found<'a> {
    Text(&'a str),
    Number(i64),
    Absent,
    Set(&'static Set),
    Place(&'static Location<'static>),
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
        values.text("/orders");
        values.number(-7);
        values.absent();
        assert_eq!(shown(&values), ["route=/orders", "size=-7bytes"]);
        assert!(values.location().is_none());
    }

    #[test]
    fn a_text_without_room_is_cut_and_what_follows_left_out() {
        let mut values = Values::new();
        values.text(&"x".repeat(64));
        values.number(1);
        values.text("é".repeat(20).as_str());
        let shown = shown(&values);
        assert_eq!((shown.len(), shown[1].as_str()), (3, "size=1bytes"));
        assert!(shown[2].starts_with("tenant=ééé") && shown[2].len() < 30, "{shown:?}");
        let mut full = Values::new();
        (0..20).for_each(number(&mut full));
        full.text("after");
        assert_eq!(full.used, ROOM);
    }

    fn number(values: &mut Values) -> impl FnMut(i64) {
        |number| values.number(number)
    }
}
