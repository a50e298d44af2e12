//! Which labels a request has.

use hooks_runtime::labels::Labels;
use http::Request;

/// Which labels a request has; a closure from `&Request<B>` to [`Labels`] is one.
///
/// What it costs it costs for each request: 200 ns for `labels!` of two texts.
pub trait RequestLabels<B> {
    /// Called once, before the request goes to the service.
    fn labels(&self, request: &Request<B>) -> Labels;
}

impl<B, F: Fn(&Request<B>) -> Labels> RequestLabels<B> for F {
    fn labels(&self, request: &Request<B>) -> Labels {
        self(request)
    }
}

/// The labels of both; where both have a key, that of the second.
#[derive(Clone, Copy, Debug)]
pub struct Both<A, B>(pub(super) A, pub(super) B);

impl<Body, A: RequestLabels<Body>, B: RequestLabels<Body>> RequestLabels<Body> for Both<A, B> {
    fn labels(&self, request: &Request<Body>) -> Labels {
        let (first, second) = (self.0.labels(request), self.1.labels(request));
        first.replace(|| second.scope(Labels::current))
    }
}

/// The labels `route`, as the router was given it (`/orders/{id}`), and `method`.
///
/// Both are bounded, whatever clients send: a request that matched no route has `route=(unmatched)`, and a method that HTTP
/// does not define is `method=(other)`.
#[cfg(feature = "axum")]
#[derive(Clone, Copy, Debug)]
pub struct MatchedRoute;

#[cfg(feature = "axum")]
impl<B> RequestLabels<B> for MatchedRoute {
    fn labels(&self, request: &Request<B>) -> Labels {
        let matched = request.extensions().get::<axum::extract::MatchedPath>();
        hooks_runtime::labels! {
            "route" => matched.map_or("(unmatched)", axum::extract::MatchedPath::as_str),
            "method" => method(request.method()),
        }
    }
}

#[cfg(feature = "axum")]
fn method(method: &http::Method) -> &str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    if known.contains(&method.as_str()) { method.as_str() } else { "(other)" }
}
