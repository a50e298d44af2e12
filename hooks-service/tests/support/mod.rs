//! What the tests share.

#[path = "../../../hooks-runtime/tests/support/forked.rs"]
#[allow(dead_code, reason = "each feature's tests use a part")]
pub(crate) mod forked;
#[cfg(all(
    any(feature = "profile", feature = "stacks"),
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[allow(dead_code, reason = "each of the two uses a part")]
pub(crate) mod go_pprof;
#[cfg(all(feature = "profile", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod guard;
#[path = "../../../hooks-runtime/tests/support/itself.rs"]
#[allow(dead_code, reason = "shutdown alone starts itself")]
pub(crate) mod itself;
#[cfg(all(feature = "trace", target_os = "linux"))]
#[allow(dead_code, reason = "some ask for less")]
pub(crate) mod trace_processor;
