//! What other crates do round the same call. What their own threads do with the events afterwards is not counted, but for Go's.

use crate::work;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalSpan;
use measures::measure::Case;
use micromegas_tracing::dispatch::{init_event_dispatch, init_thread_stream};
use micromegas_tracing::event::NullEventSink;
use micromegas_tracing::span_scope;
use perfetto_recorder::{ThreadTraceData, scope};
use std::collections::HashMap;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use tracing_chrome::ChromeLayerBuilder;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

const CALLS: u32 = 10_000;
/// Local spans for each root, over which its cost is spread.
const SPANS: u32 = 100;

/// Go's, and what its program calls them.
pub(crate) const GO: [(&str, &str); 6] = [
    ("Go, a plain call", "plain"),
    ("Go StartRegion, off", "off"),
    ("Go StartRegion", "region"),
    ("Go StartRegion, flight recorder", "recorded"),
    ("Go NewTask", "task"),
    ("Go Log", "log"),
];

pub(crate) fn cases() -> Vec<Case<'static>> {
    fastrace::set_reporter(Nowhere, Config::default());
    vec![
        Case::new("tracing, no subscriber", CALLS * 10, traced_by_nobody),
        Case::of_rounds("tracing, Registry", || under(Registry::default(), traced_by_registry)),
        Case::of_rounds("tracing, tracing-chrome", traced_into_chrome),
        Case::new("fastrace", CALLS / SPANS, fastraced_under_root).per_part(SPANS),
        Case::of_rounds("perfetto-recorder", recorded_for_perfetto),
        Case::of_rounds("micromegas-tracing", recorded_for_micromegas),
    ]
}

#[inline(never)]
fn traced_by_nobody() {
    let span = tracing::info_span!("region");
    let _entered = span.enter();
    work();
}

/// Each its own fn, since `tracing` remembers for each place whether anybody listens.
#[inline(never)]
fn traced_by_registry() {
    let span = tracing::info_span!("region");
    let _entered = span.enter();
    work();
}

#[inline(never)]
fn traced_by_chrome() {
    let span = tracing::info_span!("region");
    let _entered = span.enter();
    work();
}

fn under(subscriber: impl tracing::Subscriber + Send + Sync + 'static, call: fn()) -> f64 {
    let time = tracing::subscriber::with_default(subscriber, || Case::new("", CALLS, call).round());
    // Else the other case would still ask whether somebody listens.
    tracing::callsite::rebuild_interest_cache();
    time
}

fn traced_into_chrome() -> f64 {
    let (layer, _flush) = ChromeLayerBuilder::new().writer(io::sink()).build();
    under(Registry::default().with(layer), traced_by_chrome)
}

#[inline(never)]
fn fastraced() {
    let _span = LocalSpan::enter_with_local_parent("region");
    work();
}

fn fastraced_under_root() {
    let root = fastrace::Span::root("request", SpanContext::random());
    let _parent = root.set_local_parent();
    (0..SPANS).for_each(|_| fastraced());
}

/// Spans end here.
struct Nowhere;

impl Reporter for Nowhere {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

#[inline(never)]
fn scoped() {
    scope!("region");
    work();
}

fn recorded_for_perfetto() -> f64 {
    perfetto_recorder::start().expect("it is built with the feature `enable`");
    let time = Case::new("", CALLS, scoped).round();
    // Without a bound it would go on to grow.
    black_box(ThreadTraceData::take_current_thread());
    time
}

#[inline(never)]
fn spanned() {
    span_scope!("region");
    work();
}

fn recorded_for_micromegas() -> f64 {
    const BUFFER: usize = 1 << 20;
    // The second time there is one already.
    let _ = init_event_dispatch(BUFFER, BUFFER, BUFFER, Arc::new(NullEventSink {}), HashMap::new(), true);
    init_thread_stream();
    Case::new("", CALLS, spanned).round()
}
