//! `#[lock_os_thread]`.

#[cfg(all(target_os = "linux", debug_assertions))]
mod asynchronous;
#[cfg(all(target_os = "linux", debug_assertions))]
mod named;
#[cfg(debug_assertions)]
mod shapes;
#[cfg(target_os = "linux")]
mod sync;
#[cfg(all(target_os = "linux", feature = "tokio", debug_assertions))]
mod tokio;
