//! Everything at once, for as long as one likes. Apart from the other tests of hooks-service: it is what is worth optimising of
//! them, and needs no other libraries.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod capture;
#[path = "../../hooks-service/tests/stacks/crowd.rs"]
#[allow(dead_code, reason = "other tests ask it for more")]
mod crowd;
#[path = "../../hooks-service/tests/support/guard.rs"]
mod guard;
#[path = "../../hooks-service/tests/profile/load.rs"]
#[allow(dead_code, clippy::cast_precision_loss, reason = "other tests ask it for more; counts are small")]
mod load;
mod profile;
mod stacks;
mod trace;
mod trouble;
