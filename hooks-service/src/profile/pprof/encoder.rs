//! `profile.proto` for any kind of profile: the parts in any order, written as they come.
//!
//! Field numbers are those of github.com/google/pprof, `proto/profile.proto`.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use super::super::data::SampleType;
use super::wire::{Message, Tag};

/// The fields of the message `Profile`.
mod tag {
    use super::Tag;

    pub(super) const SAMPLE_TYPE: Tag = 1;
    pub(super) const SAMPLE: Tag = 2;
    pub(super) const MAPPING: Tag = 3;
    pub(super) const LOCATION: Tag = 4;
    pub(super) const FUNCTION: Tag = 5;
    pub(super) const STRING_TABLE: Tag = 6;
    pub(super) const TIME_NANOS: Tag = 9;
    pub(super) const DURATION_NANOS: Tag = 10;
    pub(super) const PERIOD_TYPE: Tag = 11;
    pub(super) const PERIOD: Tag = 12;
    pub(super) const COMMENT: Tag = 13;
    pub(super) const DEFAULT_SAMPLE_TYPE: Tag = 14;
}

/// What a profile says about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    /// What the values of every sample are, in order.
    pub(crate) sample_types: &'a [SampleType],
    /// The kind that viewers show first.
    pub(crate) default_sample_type: &'static str,
    pub(crate) period_type: SampleType,
    pub(crate) period: i64,
    /// Since 1970.
    pub(crate) time_nanos: i64,
    pub(crate) duration_nanos: i64,
}

/// A mapped file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mapping<'a> {
    /// Chosen by the caller, not 0.
    pub(crate) id: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) file_offset: u64,
    pub(crate) file: &'a str,
    pub(crate) build_id: &'a str,
    /// Whether its locations have functions and lines. Where they have not, viewers look for the file.
    pub(crate) symbolised: bool,
}

/// A function and the line in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) function: &'a str,
    /// The function's name as the linker knows it; viewers use it to find the function in a binary.
    pub(crate) symbol: &'a str,
    pub(crate) file: &'a str,
    /// From 1; 0 if not known.
    pub(crate) number: u32,
}

/// A label as the format has it. An empty text and a zero without unit are invisible there: see `labels`.
#[derive(Clone, Debug)]
pub(crate) enum LabelField<'a> {
    Text(&'a str),
    Number(i64, &'a str),
}

/// An index in the string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StringId(u64);

/// Writes one profile. [`Encoder::finish`] completes it.
pub(crate) struct Encoder<W> {
    writer: W,
    strings: StringTable,
    functions: HashMap<[StringId; 3], u64>,
    locations: u64,
}

impl<W: Write> Encoder<W> {
    pub(crate) fn new(writer: W, header: &Header) -> io::Result<Self> {
        let mut encoder =
            Encoder { writer, strings: StringTable::new(), functions: HashMap::new(), locations: 0 };
        let mut fields = Message::default();
        for &sample_type in header.sample_types {
            fields.message(tag::SAMPLE_TYPE, &encoder.value_type(sample_type));
        }
        fields.signed(tag::TIME_NANOS, header.time_nanos);
        fields.signed(tag::DURATION_NANOS, header.duration_nanos);
        fields.message(tag::PERIOD_TYPE, &encoder.value_type(header.period_type));
        fields.signed(tag::PERIOD, header.period);
        fields.number(tag::DEFAULT_SAMPLE_TYPE, encoder.strings.id(header.default_sample_type).0);
        encoder.writer.write_all(fields.bytes())?;
        Ok(encoder)
    }

    pub(crate) fn comment(&mut self, text: &str) -> io::Result<()> {
        let mut field = Message::default();
        field.number(tag::COMMENT, self.strings.id(text).0);
        self.writer.write_all(field.bytes())
    }

    pub(crate) fn mapping(&mut self, mapping: &Mapping) -> io::Result<()> {
        let mut fields = Message::default();
        let addresses = [mapping.id, mapping.start, mapping.end, mapping.file_offset];
        let names = [self.strings.id(mapping.file).0, self.strings.id(mapping.build_id).0];
        for (tag, number) in (1..).zip(addresses.into_iter().chain(names)) {
            fields.number(tag, number);
        }
        // has_functions, has_filenames, has_line_numbers, has_inline_frames.
        for tag in 7..=10 {
            fields.boolean(tag, mapping.symbolised);
        }
        self.write(tag::MAPPING, &fields)
    }

    /// Adds a place and returns its id. `lines`: the innermost inlined call first; `mapping` 0: in no file.
    pub(crate) fn location<'a>(
        &mut self,
        mapping: u64,
        address: u64,
        lines: impl IntoIterator<Item = Line<'a>>,
    ) -> io::Result<u64> {
        self.locations += 1;
        let mut fields = Message::default();
        fields.number(1, self.locations);
        fields.number(2, mapping);
        fields.number(3, address);
        for line in lines {
            let mut inner = Message::default();
            inner.number(1, self.function(&line)?);
            inner.number(2, u64::from(line.number));
            fields.message(4, &inner);
        }
        self.write(tag::LOCATION, &fields)?;
        Ok(self.locations)
    }

    /// Adds a sample: a stack of location ids, leaf first, and a value for each of the header's sample types.
    pub(crate) fn sample<'a>(
        &mut self,
        locations: &[u64],
        values: &[i64],
        labels: impl IntoIterator<Item = (&'a str, LabelField<'a>)>,
    ) -> io::Result<()> {
        let mut fields = Message::default();
        fields.packed(1, locations.iter().copied());
        fields.packed(2, values.iter().map(|value| value.cast_unsigned()));
        for (key, value) in labels {
            fields.message(3, &self.label(key, &value));
        }
        self.write(tag::SAMPLE, &fields)
    }

    /// Writes what all other parts refer to and gives the writer back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let mut field = Message::default();
        for text in self.strings.texts() {
            field.clear();
            field.string(tag::STRING_TABLE, text);
            self.writer.write_all(field.bytes())?;
        }
        Ok(self.writer)
    }

    fn function(&mut self, line: &Line) -> io::Result<u64> {
        let names = [line.function, system_name(line), line.file].map(|text| self.strings.id(text));
        let next = self.functions.len() as u64 + 1;
        let id = *self.functions.entry(names).or_insert(next);
        if id == next {
            let mut fields = Message::default();
            fields.number(1, id);
            for (tag, name) in (2..).zip(names) {
                fields.number(tag, name.0);
            }
            self.write(tag::FUNCTION, &fields)?;
        }
        Ok(id)
    }

    fn label(&mut self, key: &str, value: &LabelField) -> Message {
        let mut fields = Message::default();
        fields.number(1, self.strings.id(key).0);
        match *value {
            LabelField::Text(text) => fields.number(2, self.strings.id(text).0),
            LabelField::Number(number, unit) => {
                fields.signed(3, number);
                fields.number(4, self.strings.id(unit).0);
            }
        }
        fields
    }

    fn value_type(&mut self, value: SampleType) -> Message {
        let mut fields = Message::default();
        fields.number(1, self.strings.id(value.kind).0);
        fields.number(2, self.strings.id(value.unit).0);
        fields
    }

    fn write(&mut self, tag: Tag, fields: &Message) -> io::Result<()> {
        let mut field = Message::default();
        field.message(tag, fields);
        self.writer.write_all(field.bytes())
    }
}

/// A system name equal to the name asks the viewer to demangle it. That is right for C++, but out of a Rust name it
/// would cut all that stands in brackets.
fn system_name<'a>(line: &Line<'a>) -> &'a str {
    let demangled_by_viewer = line.symbol == line.function && !line.symbol.starts_with("_Z");
    if demangled_by_viewer && line.function.contains(['<', '(', '[']) { "" } else { line.symbol }
}

/// The string table: every text once, by index.
#[derive(Debug)]
struct StringTable {
    ids: HashMap<Arc<str>, StringId>,
    texts: Vec<Arc<str>>,
}

impl StringTable {
    fn new() -> Self {
        let mut table = StringTable { ids: HashMap::new(), texts: Vec::new() };
        // The format wants the empty text first.
        table.id("");
        table
    }

    fn id(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let (id, text) = (StringId(self.texts.len() as u64), Arc::<str>::from(text));
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// All texts in the order of their indices.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}
