//! Values as debug annotations: what a user sees under "arguments".

use super::names::Names;
use super::packet::{annotation, event};
use super::proto::Message;
use super::sequence::NameOf;
use hooks_runtime::trace::observe::{Field, Fields};

/// What an event says of names and values, put together before its packet.
#[derive(Default)]
pub(super) struct Annotations {
    /// The names that it needs.
    pub(super) used: Vec<(NameOf, u32)>,
    /// The annotations, as fields of an event.
    pub(super) bytes: Vec<u8>,
}

impl Annotations {
    /// Nothing but the event's own name.
    pub(super) fn begin(&mut self, name: u32) {
        self.used.clear();
        self.bytes.clear();
        self.used.push((NameOf::Event, name));
    }

    /// Values in the order of these keys.
    pub(super) fn values(&mut self, keys: &[u32], fields: &mut Fields<'_>) {
        for (key, field) in keys.iter().zip(fields) {
            self.add(*key, field);
        }
    }

    /// Keys and values in turn.
    pub(super) fn pairs(&mut self, names: &mut Names, fields: &mut Fields<'_>) {
        while let (Some(Field::Text(key)), Some(value)) = (fields.next(), fields.next()) {
            self.add(names.number(key), value);
        }
    }

    /// One value; none where it is absent.
    pub(super) fn add(&mut self, key: u32, value: Field<'_>) {
        if value == Field::Absent {
            return;
        }
        self.used.push((NameOf::Annotation, key));
        self.bytes.message(event::ANNOTATION, |message| {
            message.number(annotation::NAME_NUMBER, key.into());
            match value {
                Field::Text(text) => message.bytes(annotation::TEXT, text.as_bytes()),
                Field::Unsigned(number) => message.number(annotation::UNSIGNED, number),
                Field::Signed(number) => message.signed(annotation::SIGNED, number),
                Field::Float(number) => message.fixed(annotation::DOUBLE, number.to_bits()),
                Field::Absent => {}
            }
        });
    }
}
