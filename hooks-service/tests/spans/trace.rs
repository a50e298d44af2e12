//! Spans and events in the execution trace: regions on threads, spans that live over awaits, logs.

#[path = "../../../hooks-runtime/tests/trace/recorder.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod recorder;

use crate::support::trace_processor::Processor;
use hooks_runtime::trace::observe::{Field, Fields, Kind};
use hooks_service::trace::{Trace, layer};
use std::fs::File;
use std::pin::pin;
use std::task::{Context, Waker};
use tracing::instrument::Instrument;
use tracing::{Dispatch, dispatcher, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt;

/// What was recorded on this thread while `work` ran, under the layer.
fn recorded(work: impl FnOnce()) -> Vec<recorder::Event> {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer()));
    let recorder = recorder::start(16, 4);
    dispatcher::with_default(&subscriber, work);
    recorder.events()
}

fn kinds(events: &[recorder::Event]) -> Vec<Kind> {
    events.iter().map(|event| event.kind).collect()
}

fn texts(event: &recorder::Event) -> Vec<String> {
    let shown = |field| match field {
        Field::Text(text) => text.to_owned(),
        Field::Unsigned(value) => value.to_string(),
        Field::Signed(value) => value.to_string(),
        Field::Float(value) => value.to_string(),
        Field::Absent => "(none)".to_owned(),
    };
    Fields::new(&event.payload).map(shown).collect()
}

#[test]
fn a_span_is_a_region_with_its_place_and_fields() {
    let line = line!() + 2;
    let events = recorded(|| {
        let span = info_span!(
            "request",
            route = "/orders",
            bytes = 512_u64,
            ok = true,
            tenant = tracing::field::Empty
        );
        span.record("tenant", "acme");
        span.record("route", "/users");
        span.in_scope(|| info_span!("inner", share = 0.5, change = -3).in_scope(|| ()));
    });
    assert_eq!(kinds(&events), [Kind::NamedBegin, Kind::NamedBegin, Kind::NamedEnd, Kind::NamedEnd]);
    let line = line.to_string();
    let request =
        ["request", file!(), &line, "route", "/users", "bytes", "512", "ok", "true", "tenant", "acme"];
    assert_eq!(texts(&events[0]), request);
    assert_eq!(texts(&events[1])[3..], ["share", "0.5", "change", "-3"]);
}

#[test]
fn an_event_is_a_log_with_its_level_message_and_fields() {
    let events = recorded(|| {
        warn!(item = 7, name = "x y", "out of {}", "stock");
        info!(target: "store", long = "y".repeat(5000));
    });
    assert_eq!(kinds(&events), [Kind::Log, Kind::Log]);
    assert_eq!(texts(&events[0]), [module_path!(), "WARN out of stock item=7 name=x y"]);
    let long = texts(&events[1]);
    assert_eq!(long[0], "store");
    assert!(long[1].starts_with("INFO long=yyy") && long[1].len() > 900 && long[1].len() < 1000);
}

#[test]
fn a_span_that_is_entered_again_lives_from_its_first_time_to_its_end() {
    let mut first = 0;
    let events = recorded(|| {
        let turn = std::cell::Cell::new(0);
        let future = async {
            std::future::poll_fn(|_| {
                turn.set(turn.get() + 1);
                if turn.get() < 3 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
            })
            .await;
        };
        let mut future = pin!(future.instrument(info_span!("request", route = "/orders")));
        let context = &mut Context::from_waker(Waker::noop());
        while future.as_mut().poll(context).is_pending() {
            first += 1;
        }
    });
    assert_eq!(first, 2);
    let polls = [Kind::PollBegin, Kind::PollPending];
    let expected = [
        &[Kind::NamedBegin, Kind::NamedEnd, Kind::SpanBegin][..],
        &polls,
        &polls,
        // The future is dropped in its span.
        &polls,
        &[Kind::SpanEnd],
    ];
    assert_eq!(kinds(&events), expected.concat());
    assert_eq!(texts(&events[2]), ["0", "0", "0", "request", "route", "/orders"]);
    assert_eq!(events[2].ticks, events[0].ticks, "it began with its first poll");
    let span = events[2].subject;
    assert!(span != 0 && events[3..].iter().all(|event| event.subject == span));
}

#[test]
fn a_span_over_awaits_knows_the_one_round_it() {
    let events = recorded(|| {
        let outer = info_span!("outer");
        outer.in_scope(|| ());
        let inner = outer.in_scope(|| info_span!("inner"));
        inner.in_scope(|| ());
        inner.in_scope(|| ());
    });
    let spans: Vec<_> = events.iter().filter(|event| event.kind == Kind::SpanBegin).collect();
    assert_eq!(spans.len(), 2);
    assert_eq!(texts(spans[1])[0], spans[0].subject.to_string());
}

#[test]
fn a_span_that_two_threads_are_in_ends_on_each_as_it_began() {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer()));
    let recorder = recorder::start(16, 4);
    dispatcher::with_default(&subscriber, || {
        let span = info_span!("shared");
        let here = span.enter();
        std::thread::scope(|scope| {
            scope.spawn(|| dispatcher::with_default(&subscriber, || span.in_scope(|| ()))).join().unwrap();
        });
        drop(here);
        span.in_scope(|| ());
    });
    let threads: Vec<_> = recorder.threads().iter().map(|thread| kinds(&thread.events)).collect();
    let region = [Kind::NamedBegin, Kind::NamedEnd];
    let span = [Kind::SpanBegin, Kind::PollBegin, Kind::PollPending, Kind::SpanEnd];
    assert_eq!(threads, [[&region[..], &span].concat(), region.to_vec()]);
}

#[test]
fn spans_that_are_entered_before_the_recorder_starts_leave_nothing_open() {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer()));
    dispatcher::with_default(&subscriber, || {
        let span = info_span!("early", route = "/orders");
        let entered = span.enter();
        let recorder = recorder::start(16, 4);
        drop(entered);
        assert_eq!(recorder.threads().len(), 0);
        span.in_scope(|| warn!("late"));
        assert_eq!(kinds(&recorder.events()), [Kind::NamedBegin, Kind::Log, Kind::NamedEnd]);
    });
}

#[test]
fn a_request_of_spans_and_events_is_read_by_the_trace_processor() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let trace = Trace::builder().start(File::create(file.path()).unwrap()).unwrap();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer()));
    dispatcher::with_default(&subscriber, || {
        let request = info_span!("request", route = "/orders", attempt = 2_u64);
        request.in_scope(|| info_span!("sum").in_scope(|| warn!(item = 7, "out of stock")));
        request.in_scope(|| ());
    });
    trace.stop().unwrap();
    let found = Processor::load(&std::fs::read(file.path()).unwrap());
    let on_thread = "from slice join thread_track on thread_track.id = slice.track_id";
    let regions =
        found.rows(&format!("select slice.name, depth, dur >= 0 {on_thread} where dur <> 0 order by ts"));
    assert_eq!(regions, [["request", "0", "1"], ["sum", "1", "1"], ["request", "0", "1"]]);
    assert_eq!(
        found.column(&format!("select slice.name {on_thread} where dur = 0")),
        ["WARN out of stock item=7"]
    );
    let span =
        "from slice join process_track on process_track.id = slice.track_id where slice.name = 'request'";
    assert_eq!(found.column(&format!("select count(*) {span} and dur > 0")), ["1"]);
    let starts = format!("select ts = (select min(slice.ts) {on_thread}) {span}");
    assert_eq!(found.column(&starts), ["1"], "it began when it was entered first");
    let attempt = format!("select extract_arg(slice.arg_set_id, 'debug.attempt') {span}");
    assert_eq!(found.column(&attempt), ["2"]);
}
