//! Cases for the lints: each `//@hook` line becomes an attribute in one twin and stays a comment in the other, so the
//! lines have the same numbers.

use hooks_runtime as _;

mod asynchronous;
pub mod exit;
pub mod generic;
mod macros;
pub mod methods;
mod synchronous;

/// What may be kept alive over an `.await`.
pub type Kept = hooks_runtime::keep_alive::KeepAlive<Vec<u8>>;

/// What cleanups call.
pub fn note() {}

/// What `panic_on_fault` names.
pub fn map() -> &'static hooks_runtime::fault::GuardedMap {
    static MAP: std::sync::OnceLock<hooks_runtime::fault::GuardedMap> = std::sync::OnceLock::new();
    MAP.get_or_init(|| hooks_runtime::fault::GuardedMap::map_anon(1).expect("memory"))
}
