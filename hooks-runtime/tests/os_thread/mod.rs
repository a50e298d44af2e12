//! `#[lock_os_thread]`.

#[cfg(target_os = "linux")]
mod asynchronous;
#[cfg(target_os = "linux")]
mod named;
mod shapes;
#[cfg(target_os = "linux")]
mod sync;
#[cfg(all(target_os = "linux", feature = "tokio"))]
mod tokio;
