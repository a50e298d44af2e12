//! Fields of spans and events of `tracing`, kept until they are recorded, or as one line.

use hooks_runtime::__service::trace::Payload;
use std::error::Error;
use std::fmt::{self, Write};
use tracing_core::Level;
use tracing_core::field::{Field, Visit};

/// More than this of a text there is no room for in an event.
const MOST_TEXT: usize = 1000;

/// A value as it is recorded.
enum Value {
    Text(String),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

/// The fields of a span, each with the value that it was given last.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn of(record: impl FnOnce(&mut Self)) -> Self {
        let mut fields = Self::default();
        record(&mut fields);
        fields
    }

    /// Keys and values in turn, as many as there is room for.
    pub(super) fn add_to(&self, payload: &mut Payload<'_>) {
        for (key, value) in &self.0 {
            let has_room = payload.text(key)
                && match value {
                    Value::Text(text) => payload.text(text),
                    Value::Unsigned(value) => payload.unsigned(*value),
                    Value::Signed(value) => payload.signed(*value),
                    Value::Float(value) => payload.float(*value),
                };
            if !has_room {
                return;
            }
        }
    }

    fn set(&mut self, field: &Field, value: Value) {
        let key = field.name();
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.0.push((key, value)),
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, Value::Text(bounded(format_args!("{value}"))));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, Value::Text(value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, Value::Unsigned(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, Value::Float(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set(field, Value::Text(bounded(format_args!("{value}"))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, Value::Text(bounded(format_args!("{value:?}"))));
    }
}

/// An event as `WARN out of stock item=7`.
pub(super) struct Line(Bounded);

impl Line {
    pub(super) fn of(level: Level, record: impl FnOnce(&mut Self)) -> Self {
        let mut line = Self(Bounded::default());
        line.add(format_args!("{level}"));
        record(&mut line);
        line
    }

    pub(super) fn text(&self) -> &str {
        &self.0.text
    }

    /// What does not fit is cut off.
    fn add(&mut self, what: fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(what);
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.add(format_args!(" {value:?}")),
            key => self.add(format_args!(" {key}={value:?}")),
        }
    }
}

/// What is written, as far as there is room for it.
#[derive(Default)]
struct Bounded {
    text: String,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MOST_TEXT.saturating_sub(self.text.len()).min(text.len());
        let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let kept = &text[..end];
        self.text.push_str(kept);
        if kept.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

fn bounded(what: fmt::Arguments<'_>) -> String {
    let mut bounded = Bounded::default();
    let _ = bounded.write_fmt(what);
    bounded.text
}
