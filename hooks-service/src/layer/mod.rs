// Documented where it is declared, by docs/layer.md.
//
// In: requests (`request` says which labels each is for). Out: the same, answered by the service inside with the labels in
// force, and a body that has them with it (`service`). What is polled with labels is hooks-runtime's `WithLabels`.
mod request;
mod service;

#[cfg(feature = "axum")]
pub use request::MatchedRoute;
pub use request::{Both, RequestLabels};
pub use service::{LabelLayer, LabelService, ResponseFuture};
