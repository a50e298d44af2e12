//! Runtime hooks for Rust, the application's side: what observes a service.
#[cfg(feature = "profile")]
pub mod profile;
