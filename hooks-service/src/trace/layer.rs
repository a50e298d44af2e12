//! Spans and events of `tracing`, as the trace has them.
//!
//! In: what `tracing` tells a layer. Out: a region for each time that a thread is in a span, a log for each event. A span that
//! is entered again lives longer than a call, over awaits mostly: from then on it is a span of the trace too, which began when it
//! was entered first, and each stretch on a thread is a part of it.

use super::fields::{Fields, Line};
use hooks_runtime::__service::trace::{here, new_id, record, record_at, record_with, state};
use hooks_runtime::trace::observe::Kind;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// A layer for `tracing_subscriber`, see [`layer`].
#[derive(Clone, Debug, Default)]
pub struct TracingLayer {
    _for_later: (),
}

/// A layer for `tracing_subscriber` that has spans as regions and events as logs in a trace, without a change in the program.
///
/// Each time that a thread is in a span is a region on that thread, with the fields that the span has then. A span that is
/// entered a second time, as that of an instrumented future is with its second poll, gets a track of its own as well, from the
/// first time on until it is closed, and what follows on threads is joined to it. An event is a log: its target, and its level,
/// message and fields as one text.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(hooks_service::trace::layer());
/// tracing::subscriber::with_default(subscriber, || {
///     let _request = tracing::info_span!("request", route = "/orders").entered();
///     tracing::warn!(item = 7, "out of stock");
/// });
/// ```
///
/// Cost: while no recorder runs, a load for each call; while one does, some 150 ns for a span that is entered once.
///
/// The Go hook: none; `trace.WithRegion` and `trace.Log` are calls of their own there.
pub fn layer() -> TracingLayer {
    TracingLayer::default()
}

/// What is known of a span, among what the registry has of it.
#[derive(Default)]
struct Told {
    fields: Fields,
    /// Of the recorder that all below is of.
    state: u64,
    /// How many times a thread is in it now.
    inside: u32,
    /// When it was entered first, if it was.
    first: Option<u64>,
    /// Its number as a span of the trace. 0: it is none.
    span: u64,
}

impl Told {
    /// Whether it is entered again: from now on it is a span.
    fn enter(&mut self, state: u64) -> bool {
        if self.state != state {
            *self = Told { fields: std::mem::take(&mut self.fields), state, ..Told::default() };
        }
        self.inside += 1;
        // Not while a thread is in it, as a region that has begun has to end as one.
        self.span == 0 && self.first.is_some() && self.inside == 1
    }

    fn begin(&mut self, metadata: &Metadata<'_>) {
        if self.span != 0 {
            record(Kind::PollBegin, self.span);
            return;
        }
        let begun = record_with(Kind::NamedBegin, 0, |payload| {
            payload.text(metadata.name());
            payload.text(metadata.file().unwrap_or_default());
            payload.unsigned(metadata.line().unwrap_or(0).into());
            self.fields.add_to(payload);
        });
        self.first = self.first.or(begun);
    }

    fn become_span(&mut self, name: &str, parent: u64) {
        if self.inside > 1 {
            // Another thread has entered it since, into a region.
            return;
        }
        self.span = new_id();
        record_at(self.first, Kind::SpanBegin, self.span, |payload| {
            payload.unsigned(parent);
            payload.unsigned(0);
            payload.unsigned(0);
            payload.text(name);
            self.fields.add_to(payload);
        });
    }

    fn end(&mut self, state: u64) {
        if self.state == state && self.inside > 0 {
            self.inside -= 1;
            match self.span {
                0 => record(Kind::NamedEnd, 0),
                span => record(Kind::PollPending, span),
            };
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TracingLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if state() == 0 {
            return;
        }
        let told = Told { fields: Fields::of(|visitor| attributes.record(visitor)), ..Told::default() };
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(told);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id).filter(|_| state() != 0)
            && let Some(told) = span.extensions_mut().get_mut::<Told>()
        {
            values.record(&mut told.fields);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let state = state();
        let Some(span) = context.span(id).filter(|_| state != 0) else { return };
        let is_again = told(&span, |told| {
            let is_again = told.enter(state);
            if !is_again {
                told.begin(span.metadata());
            }
            is_again
        });
        if is_again {
            // Nothing of the span is locked while others are looked at.
            let parent = parent(&span, state);
            told(&span, |told| {
                told.become_span(span.name(), parent);
                told.begin(span.metadata());
            });
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let state = state();
        if let Some(span) = context.span(id).filter(|_| state != 0)
            && let Some(told) = span.extensions_mut().get_mut::<Told>()
        {
            told.end(state);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let state = state();
        if let Some(span) = context.span(&id).filter(|_| state != 0)
            && let Some(told) = span.extensions().get::<Told>()
            && (told.state, told.span != 0) == (state, true)
        {
            record(Kind::SpanEnd, told.span);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if state() == 0 {
            return;
        }
        let metadata = event.metadata();
        let line = Line::of(*metadata.level(), |visitor| event.record(visitor));
        record_with(Kind::Log, 0, |payload| {
            payload.text(metadata.target());
            payload.text(line.text());
        });
    }
}

/// What is known of a span.
fn told<R, S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>, look: impl FnOnce(&mut Told) -> R) -> R {
    let mut extensions = span.extensions_mut();
    if let Some(told) = extensions.get_mut::<Told>() {
        return look(told);
    }
    let mut told = Told::default();
    let result = look(&mut told);
    extensions.insert(told);
    result
}

/// The number of the nearest span round it that is one of the trace, or of what is polled on this thread.
fn parent<S: for<'a> LookupSpan<'a>>(span: &SpanRef<'_, S>, state: u64) -> u64 {
    let number = |span: SpanRef<'_, S>| {
        let extensions = span.extensions();
        extensions.get::<Told>().filter(|told| told.state == state).map_or(0, |told| told.span)
    };
    span.scope().skip(1).map(number).find(|number| *number != 0).unwrap_or_else(here)
}
