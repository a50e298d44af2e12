//! The behaviour of the public API.
//!
//! One program, since each costs a link in every lane. The runner gives each test a process of its own: a profiler, the
//! handlers of signals and the registry of threads are the process's.
#![cfg(target_os = "linux")]

#[cfg(all(feature = "capture", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod capture;
#[cfg(feature = "axum")]
mod layer;
#[cfg(all(feature = "profile", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod profile;
#[cfg(all(feature = "signals", feature = "stacks", feature = "tokio"))]
mod shutdown;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(all(feature = "stacks", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod stacks;
mod support;
#[cfg(feature = "trace")]
mod trace;
