//! SIGNAL HANDLER, as far as [`read`] and [`Values::visit`].
//!
//! How values are read where they lie, in a frame, and how they are copied to where they stay: both as [`Found`],
//! and with the same kinds. A cell has its kind in the first word and a fixed size; in a copy the kind is a byte, and no room is
//! left between values.

use super::ValueRef;
use super::bounds::{MAX_VALUE, MOST_KEYS, count_truncated, head};
use super::cell::{
    ABSENT, COPIED, COPIED_ABSENT, Copied, KIND, KIND_SHIFT, NOTHING, NUMBER, Number, PLACE, Place, SET, Set,
    Text, length, str_at,
};
use super::set::{self, Entry};
use crate::sites::label_keys;
use std::marker::PhantomData;
use std::panic::Location;

/// What an observer finds, in a frame or in a copy of its values.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Text(&'a str),
    Number(i64),
    /// A label without a value.
    Absent,
    /// Labels with keys of their own.
    Set(&'a [Entry]),
    Place(&'static Location<'static>),
    /// No label.
    Nothing,
}

/// Reads the cell at `cell` and tells where the next one starts. Async-signal-safe.
///
/// # Safety
/// `cell` points to a live `Cell` or `Set`, whose text or labels live for `'a`.
pub(crate) unsafe fn read<'a>(cell: *const u64) -> (Found<'a>, *const u64) {
    // SAFETY: every cell starts with its head and has the size and fields that its kind tells.
    unsafe {
        let first = *cell;
        let length = length(first);
        match first & KIND {
            NUMBER => (Found::Number((*cell.cast::<Number>()).value), cell.add(2)),
            COPIED => (Found::Text(str_at(cell.add(1).cast(), length)), after_copied(cell)),
            COPIED_ABSENT => (Found::Absent, after_copied(cell)),
            ABSENT => (Found::Absent, cell.add(2)),
            SET => {
                (Found::Set(std::slice::from_raw_parts((*cell.cast::<Set>()).entries, length)), cell.add(2))
            }
            PLACE => (Found::Place((*cell.cast::<Place>()).place), cell.add(2)),
            NOTHING.. => (Found::Nothing, cell.add(1)),
            _ => {
                (Found::Text(head(str_at((*cell.cast::<Text<'_>>()).start, length), MAX_VALUE)), cell.add(2))
            }
        }
    }
}

fn after_copied(cell: *const u64) -> *const u64 {
    cell.wrapping_byte_add(size_of::<Copied>())
}

/// How many bytes a future has for its [`Values`]. In models few: each word is one step more of a thread.
pub(crate) const ROOM: usize = if cfg!(all(test, loom)) { 24 } else { 88 };
const _: () = assert!(ROOM <= u8::MAX as usize);

/// What a kind is in a copy. 0, which is borrowed text in a frame and never copied as that, is the end.
const fn code(kind: u64) -> u8 {
    (kind >> KIND_SHIFT) as u8
}

const END: u8 = 0;
const TEXT_CODE: u8 = code(COPIED);
const NUMBER_CODE: u8 = code(NUMBER);
const ABSENT_CODE: u8 = code(ABSENT);
const SET_CODE: u8 = code(SET);
const PLACE_CODE: u8 = code(PLACE);

/// The values of a future's own labels, copied into its entry in the table: what they borrow may be gone when they are read.
/// Keys are not copied, the site has them. Nor is a set, which is there for `'a`.
pub(crate) struct Values<'a> {
    bytes: [u8; ROOM],
    used: usize,
    /// Where the set or the place is, of which a future has one at most.
    address: *const (),
    lent: PhantomData<&'a [Entry]>,
}

// SAFETY: bytes, and a `&[Entry]` or a `&'static Location`, all of which are `Send` and `Sync`.
unsafe impl Send for Values<'_> {}
// SAFETY: as above.
unsafe impl Sync for Values<'_> {}

impl<'a> Values<'a> {
    pub(crate) fn new() -> Self {
        Values { bytes: [END; ROOM], used: 0, address: std::ptr::null(), lent: PhantomData }
    }

    /// Adds what an observer found in a frame. What there is no room for is cut or left out, and counted.
    pub(crate) fn add(&mut self, found: Found<'a>) {
        match found {
            Found::Text(text) => self.text(text),
            Found::Number(number) => self.push(&[&[NUMBER_CODE], &number.to_ne_bytes()]),
            Found::Absent => self.push(&[&[ABSENT_CODE]]),
            Found::Set(set) => self.set(set),
            Found::Place(place) => self.at(PLACE_CODE, 0, std::ptr::from_ref(place).cast()),
            Found::Nothing => {}
        }
    }

    fn set(&mut self, set: &'a [Entry]) {
        const { assert!(MOST_KEYS <= u8::MAX as usize) };
        self.at(SET_CODE, u8::try_from(set.len()).unwrap_or(0), set.as_ptr().cast());
    }

    fn at(&mut self, code: u8, length: u8, address: *const ()) {
        if self.address.is_null() {
            self.address = address;
            self.push(&[&[code, length]]);
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
        self.push(&[&[TEXT_CODE, length], text.as_bytes(), mark.as_bytes()]);
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

    pub(crate) fn address(&self) -> *const () {
        self.address
    }

    /// # Safety
    /// `words` and `address` are those of `Values`, and if they have a set, that lives for `'a`.
    pub(crate) unsafe fn from_words(words: [u64; ROOM / 8], address: *const ()) -> Self {
        let mut values = Values { address, ..Values::new() };
        for (bytes, word) in values.bytes.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        values
    }

    fn reader(&self) -> Reader<'_> {
        Reader { rest: &self.bytes, address: self.address }
    }

    /// The labels, with the keys of `site`.
    pub(crate) fn visit(&self, site: &'static str, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let mut keys = label_keys(site);
        let mut reader = self.reader();
        while let Some(found) = reader.next() {
            if let Found::Set(set) = found {
                set::visit(set).for_each(|(key, value)| visit(key, value));
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
        match self.reader().next()? {
            Found::Place(place) => Some(place),
            _ => None,
        }
    }
}

/// Of `Values`, whose address it has.
struct Reader<'a> {
    rest: &'a [u8],
    address: *const (),
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Found<'a>> {
        let [kind] = self.array()?;
        match kind {
            TEXT_CODE => {
                let [length] = self.array()?;
                let (text, rest) = self.rest.split_at_checked(length.into())?;
                self.rest = rest;
                std::str::from_utf8(text).ok().map(Found::Text)
            }
            NUMBER_CODE => self.array().map(i64::from_ne_bytes).map(Found::Number),
            ABSENT_CODE => Some(Found::Absent),
            SET_CODE => {
                let [length] = self.array()?;
                // SAFETY: what `set` was given, which lives for as long as the `Values`.
                let set = unsafe { std::slice::from_raw_parts(self.address.cast(), length.into()) };
                Some(Found::Set(set))
            }
            PLACE_CODE => {
                let [_] = self.array()?;
                // SAFETY: what `add` was given, a static.
                Some(Found::Place(unsafe { &*self.address.cast() }))
            }
            _ => None,
        }
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_at_checked(N)?;
        self.rest = rest;
        head.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "labeled(route,size:bytes,tenant) here::f a.rs:1";

    fn shown(values: &Values<'_>) -> Vec<String> {
        let words = std::array::from_fn(|index| values.words().nth(index).unwrap());
        // SAFETY: those of `values`, which is borrowed.
        let copy = unsafe { Values::from_words(words, values.address()) };
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
        let (long, wide) = ("x".repeat(64), "é".repeat(20));
        let mut values = Values::new();
        values.add(Found::Text(&long));
        values.add(Found::Number(1));
        values.add(Found::Text(&wide));
        let shown = shown(&values);
        assert_eq!((shown.len(), shown[1].as_str()), (3, "size=1bytes"));
        assert!(shown[2].starts_with("tenant=éé") && shown[2].ends_with('…'), "{shown:?}");
        let mut full = Values::new();
        (0..20).for_each(|number| full.add(Found::Number(number)));
        full.add(Found::Text("after"));
        assert_eq!(full.used, ROOM);
    }
}
