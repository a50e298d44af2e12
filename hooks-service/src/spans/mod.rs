// Documented where it is declared, by docs/spans.md.
//
// In: spans, as `tracing` tells of them. Out: labels in force on the thread while it is in them, which hooks-runtime keeps.
#[cfg(feature = "tracing-opentelemetry")]
mod ids;

use hooks_runtime::__service::leave;
use hooks_runtime::labels::{LabelValue, Labels};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use tracing_core::Subscriber;
use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// A layer for `tracing_subscriber` that has fields of spans in force as labels, on each thread that is in the span.
///
/// ```
/// use hooks_runtime::labels::Labels;
/// use hooks_service::spans::SpanLabels;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let spans = tracing_subscriber::registry().with(SpanLabels::new(["route", "tenant"]));
/// tracing::subscriber::with_default(spans, || {
///     let request = tracing::info_span!("request", route = "/orders", bytes = 512);
///     let _entered = request.enter();
///     assert_eq!(Labels::current().to_string(), "route=/orders");
/// });
/// ```
#[derive(Clone, Debug)]
pub struct SpanLabels {
    keys: Vec<Key>,
    #[cfg(feature = "tracing-opentelemetry")]
    ids: Option<ids::Source>,
}

/// Which field is which label.
#[derive(Clone, Debug)]
struct Key {
    field: Cow<'static, str>,
    label: Cow<'static, str>,
}

/// A span's labels, those of the spans round it included.
#[derive(Clone)]
struct LabelsOfSpan(Labels);

impl SpanLabels {
    /// The fields of these names are labels of the same names.
    pub fn new<K: Into<Cow<'static, str>>>(keys: impl IntoIterator<Item = K>) -> Self {
        let key = |key: K| {
            let field = key.into();
            Key { label: field.clone(), field }
        };
        SpanLabels {
            keys: keys.into_iter().map(key).collect(),
            #[cfg(feature = "tracing-opentelemetry")]
            ids: None,
        }
    }

    /// And this field is a label of another name.
    ///
    /// ```
    /// let spans = hooks_service::spans::SpanLabels::new(["tenant"]).renamed("http.route", "route");
    /// # let _ = spans;
    /// ```
    #[must_use]
    pub fn renamed(
        mut self,
        field: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.keys.push(Key { field: field.into(), label: label.into() });
        self
    }

    /// And the ids that a layer of `tracing-opentelemetry` gave the span: `trace_id` with 32 digits, `span_id` with 16, of
    /// spans that are sampled there. Where there is no such layer, nothing is added.
    ///
    /// ```
    /// use hooks_runtime::labels::Labels;
    /// use hooks_service::spans::SpanLabels;
    /// use opentelemetry::trace::TracerProvider;
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// let tracer = opentelemetry_sdk::trace::SdkTracerProvider::default().tracer("service");
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(tracing_opentelemetry::layer().with_tracer(tracer))
    ///     .with(SpanLabels::new(["route"]).with_ids());
    /// tracing::subscriber::with_default(subscriber, || {
    ///     let _request = tracing::info_span!("request", route = "/orders").entered();
    ///     assert_eq!(Labels::current().get("trace_id").expect("it is sampled").to_string().len(), 32);
    /// });
    /// ```
    #[cfg(feature = "tracing-opentelemetry")]
    #[must_use]
    pub fn with_ids(mut self) -> Self {
        self.ids = Some(ids::Source::default());
        self
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for SpanLabels {
    #[cfg(feature = "tracing-opentelemetry")]
    fn on_register_dispatch(&self, dispatch: &tracing_core::Dispatch) {
        if let Some(ids) = &self.ids {
            ids.is_of(dispatch);
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let of_parent = span.parent().and_then(|parent| parent.extensions().get::<LabelsOfSpan>().cloned());
        let mut fields = Fields { keys: &self.keys, labels: of_parent.map_or_else(Labels::none, |it| it.0) };
        attributes.record(&mut fields);
        if !fields.labels.is_empty() {
            span.extensions_mut().replace(LabelsOfSpan(fields.labels));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let before = labels(id, &context).unwrap_or_else(Labels::none);
        let mut fields = Fields { keys: &self.keys, labels: before.clone() };
        values.record(&mut fields);
        if fields.labels != before {
            fields.labels.change(id.into_u64());
            span.extensions_mut().replace(LabelsOfSpan(fields.labels));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        #[cfg(feature = "tracing-opentelemetry")]
        self.add_ids(id, &context);
        if let Some(labels) = labels(id, &context) {
            labels.enter(id.into_u64());
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        leave(id.into_u64());
    }
}

/// The span has been asked for its ids.
#[cfg(feature = "tracing-opentelemetry")]
struct Asked;

#[cfg(feature = "tracing-opentelemetry")]
impl SpanLabels {
    /// Adds the span's ids to its labels, when it is entered first: then the other layer begins it too.
    fn add_ids<S: Subscriber + for<'a> LookupSpan<'a>>(&self, id: &Id, context: &Context<'_, S>) {
        let (Some(ids), Some(span)) = (&self.ids, context.span(id)) else { return };
        if span.extensions_mut().replace(Asked).is_some() {
            return;
        }
        // Nothing of the span is locked meanwhile: the other layer looks at it.
        if let Some(ids) = ids.of(id) {
            let labels = labels(id, context).unwrap_or_else(Labels::none);
            span.extensions_mut().replace(LabelsOfSpan(ids.add_to(&labels)));
        }
    }
}

fn labels<S: Subscriber + for<'a> LookupSpan<'a>>(id: &Id, context: &Context<'_, S>) -> Option<Labels> {
    context.span(id)?.extensions().get::<LabelsOfSpan>().map(|labels| labels.0.clone())
}

/// Takes labels from the fields that it is shown.
struct Fields<'k> {
    keys: &'k [Key],
    labels: Labels,
}

impl Fields<'_> {
    fn add(&mut self, field: &Field, value: impl LabelValue) {
        if let Some(key) = self.keys.iter().find(|key| key.field == field.name()) {
            self.labels = self.labels.with(&key.label, value);
        }
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, format_args!("{value}"));
    }

    /// Both `%value` and `?value`: what is shown is what each of them says.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}
