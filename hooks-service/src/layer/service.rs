//! The service that has its labels in force.

use super::request::{Both, RequestLabels};
use hooks_runtime::labels::{Labeled, Labels, WithLabels};
use http::{Request, Response};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// A tower layer: each request is answered with labels in force, in the call, in each poll of the answer and of its body, and
/// where these are dropped.
///
/// ```
/// use hooks_runtime::labels;
/// use hooks_service::layer::LabelLayer;
/// use http::Request;
///
/// let layer = LabelLayer::new(|request: &Request<String>| labels! { "path" => request.uri().path() });
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LabelLayer<L> {
    labels: L,
}

#[cfg(feature = "axum")]
impl LabelLayer<super::MatchedRoute> {
    /// The labels `route` and `method`, for a [`Router::layer`](axum::Router::layer).
    ///
    /// ```
    /// use axum::Router;
    /// use axum::routing::get;
    /// use hooks_service::layer::LabelLayer;
    ///
    /// let app: Router = Router::new()
    ///     .route("/orders/{id}", get(async || "an order"))
    ///     .layer(LabelLayer::matched_route());
    /// # let _ = app;
    /// ```
    pub fn matched_route() -> Self {
        LabelLayer { labels: super::MatchedRoute }
    }
}

impl<L> LabelLayer<L> {
    /// The labels that `labels` says, a closure from `&Request<_>` for instance.
    pub fn new(labels: L) -> Self {
        LabelLayer { labels }
    }

    /// And those that `labels` says. Where both have a key, the later one counts.
    ///
    /// ```
    /// use hooks_runtime::labels;
    /// use hooks_service::layer::LabelLayer;
    /// use http::Request;
    ///
    /// let by_path = LabelLayer::new(|request: &Request<String>| labels! { "path" => request.uri().path() });
    /// let layer = by_path.and(|request: &Request<String>| {
    ///     let tenant = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok());
    ///     labels! { "tenant" => tenant } // `None` is no label
    /// });
    /// # let _ = layer;
    /// ```
    pub fn and<M>(self, labels: M) -> LabelLayer<Both<L, M>> {
        LabelLayer { labels: Both(self.labels, labels) }
    }
}

impl<S, L: Clone> Layer<S> for LabelLayer<L> {
    type Service = LabelService<S, L>;

    fn layer(&self, inner: S) -> Self::Service {
        LabelService { inner, labels: self.labels.clone() }
    }
}

/// What [`LabelLayer`] makes of a service.
#[derive(Clone, Copy, Debug)]
pub struct LabelService<S, L> {
    inner: S,
    labels: L,
}

impl<S, L, B, R> Service<Request<B>> for LabelService<S, L>
where
    S: Service<Request<B>, Response = Response<R>>,
    L: RequestLabels<B>,
{
    type Response = Response<WithLabels<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let labels = self.labels.labels(&request);
        let answer = labels.scope(|| self.inner.call(request));
        ResponseFuture { answer: answer.labeled(labels.clone()), labels }
    }
}

pin_project! {
    /// The answer to a request, whose body has the labels too.
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        answer: WithLabels<F>,
        labels: Labels,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<WithLabels<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let labels = &*this.labels;
        this.answer.poll(context).map_ok(|response| response.map(|body| body.labeled(labels.clone())))
    }
}
