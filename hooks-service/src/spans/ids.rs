//! The ids by which tracing systems know a span: what leads from a trace to the profile of one request.

use hooks_runtime::labels::Labels;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{SpanId, TraceId};
use std::sync::OnceLock;
use tracing_core::dispatcher::{Dispatch, WeakDispatch};
use tracing_core::span::Id;
use tracing_opentelemetry::get_otel_context;

/// Who is asked for them: the subscriber that the layer is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    subscriber: OnceLock<WeakDispatch>,
}

impl Source {
    pub(super) fn is_of(&self, dispatch: &Dispatch) {
        let _ = self.subscriber.set(dispatch.downgrade());
    }

    /// `None`: there is no layer that has any, or the span is not sampled. Begins the span there.
    pub(super) fn of(&self, id: &Id) -> Option<Ids> {
        let context = get_otel_context(id, &self.subscriber.get()?.upgrade()?)?;
        let span = context.span().span_context().clone();
        (span.is_valid() && span.is_sampled()).then(|| Ids { trace: span.trace_id(), span: span.span_id() })
    }
}

/// Of one span.
pub(super) struct Ids {
    trace: TraceId,
    span: SpanId,
}

impl Ids {
    pub(super) fn add_to(&self, labels: &Labels) -> Labels {
        let Ids { trace, span } = self;
        labels.with("trace_id", format_args!("{trace}")).with("span_id", format_args!("{span}"))
    }
}
