//! The ids of OpenTelemetry's spans among the labels, whichever layer comes first.

use hooks_runtime::labels::Labels;
use hooks_service::spans::SpanLabels;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

fn provider(sampler: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(sampler).build()
}

fn label(key: &str) -> Option<String> {
    Labels::current().get(key).map(|value| value.to_string())
}

/// As the other layer says, of the span that is entered last.
fn ids() -> (String, String) {
    let context = Span::current().context();
    let span = context.span().span_context().clone();
    (span.trace_id().to_string(), span.span_id().to_string())
}

fn assert_that_labels_are_ids() {
    let (trace, span) = ids();
    assert_eq!((trace.len(), span.len()), (32, 16));
    assert_eq!((label("trace_id"), label("span_id")), (Some(trace), Some(span)));
}

fn assert_each_span_has_its_own() {
    let outer = info_span!("outer", route = "/orders");
    let inner = outer.in_scope(|| {
        assert_that_labels_are_ids();
        let (trace, span) = ids();
        let inner = info_span!("inner");
        inner.in_scope(|| {
            assert_that_labels_are_ids();
            assert_eq!(ids().0, trace);
            assert_ne!(ids().1, span);
        });
        assert_that_labels_are_ids();
        inner
    });
    assert_eq!(label("span_id"), None);
    std::thread::scope(|scope| {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let entered = || inner.in_scope(assert_that_labels_are_ids);
        scope.spawn(move || dispatcher::with_default(&dispatch, entered));
    });
    assert_eq!(info_span!("another").in_scope(|| label("route")), None);
}

#[test]
fn whichever_layer_comes_first() {
    let tracer = provider(Sampler::AlwaysOn).tracer("test");
    let ours = || SpanLabels::new(["route"]).with_ids();
    let ours_last = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer.clone()))
        .with(ours());
    let ours_first =
        tracing_subscriber::registry().with(ours()).with(tracing_opentelemetry::layer().with_tracer(tracer));
    dispatcher::with_default(&ours_last.into(), assert_each_span_has_its_own);
    dispatcher::with_default(&ours_first.into(), assert_each_span_has_its_own);
}

#[test]
fn a_span_that_is_not_sampled_or_not_known_has_none() {
    let tracer = provider(Sampler::AlwaysOff).tracer("test");
    let registry = tracing_subscriber::registry();
    let not_sampled = registry
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(SpanLabels::new(["route"]).with_ids());
    let not_known = tracing_subscriber::registry().with(SpanLabels::new(["route"]).with_ids());
    for subscriber in [Dispatch::new(not_sampled), Dispatch::new(not_known)] {
        dispatcher::with_default(&subscriber, || {
            let span = info_span!("span", route = "/orders").entered();
            assert_eq!((label("route").as_deref(), label("trace_id")), (Some("/orders"), None));
            drop(span);
        });
    }
}

#[test]
fn a_parent_that_is_told_before_the_span_is_entered_is_in_its_ids() {
    let tracer = provider(Sampler::AlwaysOn).tracer("test");
    let subscriber = tracing_subscriber::registry()
        .with(SpanLabels::new(["route"]).with_ids())
        .with(tracing_opentelemetry::layer().with_tracer(tracer));
    dispatcher::with_default(&subscriber.into(), || {
        let caller = info_span!("caller");
        let span = info_span!(parent: None, "span");
        span.set_parent(caller.context()).expect("it has not begun");
        let expected = caller.context().span().span_context().trace_id().to_string();
        assert_eq!(span.in_scope(|| label("trace_id")), Some(expected));
    });
}
