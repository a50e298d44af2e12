//! Events as a recorder finds them.

mod annotated;
mod core;
#[cfg(all(feature = "tokio", feature = "rayon"))]
mod executors;
mod handlers;
mod recorder;
mod regions;
mod spans;
mod tasks;
