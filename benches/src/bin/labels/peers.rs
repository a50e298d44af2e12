//! What other crates do round the same call.

use crate::ours::{ROUTE, plain_text};
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalSpan;
use measures::measure::Case;
use std::hint::black_box;
use tracing_subscriber::Registry;

const CALLS: u32 = 10_000;
/// Local spans for each root, over which its cost is spread.
const SPANS: u32 = 100;

pub(crate) fn cases() -> Vec<Case<'static>> {
    fastrace::set_reporter(Nowhere, Config::default());
    let mut cases = vec![
        Case::new("tracing span, no subscriber", CALLS * 10, traced_by_nobody),
        Case::of_rounds("tracing span, Registry", traced_by_registry),
        Case::new("fastrace local span, no parent", CALLS, fastraced),
        Case::new("fastrace local span, under a root", CALLS / SPANS, fastraced_under_root).per_part(SPANS),
    ];
    cases.extend(custom_labels());
    cases
}

#[inline(never)]
fn traced_by_nobody() {
    let span = tracing::info_span!("handle", route = ROUTE);
    let _entered = span.enter();
    plain_text(black_box(ROUTE));
}

/// Its own fn, since `tracing` remembers for each place whether anybody listens.
#[inline(never)]
fn traced() {
    let span = tracing::info_span!("handle", route = ROUTE);
    let _entered = span.enter();
    plain_text(black_box(ROUTE));
}

fn traced_by_registry() -> f64 {
    let time =
        tracing::subscriber::with_default(Registry::default(), || Case::new("", CALLS, traced).round());
    // Else the other case would still ask whether somebody listens.
    tracing::callsite::rebuild_interest_cache();
    time
}

#[inline(never)]
fn fastraced() {
    let _span = LocalSpan::enter_with_local_parent("handle").with_property(|| ("route", ROUTE));
    plain_text(black_box(ROUTE));
}

fn fastraced_under_root() {
    let root = fastrace::Span::root("request", SpanContext::random());
    let _parent = root.set_local_parent();
    for _ in 0..SPANS {
        fastraced();
    }
}

/// Spans end here. The collecting thread's time is not counted.
struct Nowhere;

impl Reporter for Nowhere {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        drop(spans);
    }
}

#[cfg(feature = "custom-labels")]
#[allow(clippy::unnecessary_wraps, reason = "as its twin without the feature")]
fn custom_labels() -> Option<Case<'static>> {
    let call = || custom_labels::with_label("route", ROUTE, || plain_text(black_box(ROUTE)));
    Some(Case::new("custom-labels with_label", CALLS, call))
}

#[cfg(not(feature = "custom-labels"))]
fn custom_labels() -> Option<Case<'static>> {
    None
}
