//! Cases for the lints: each `//@hook` line becomes an attribute in one twin and stays a comment in the other, so the
//! lines have the same numbers.

use hooks_runtime as _;

mod asynchronous;
pub mod exit;
pub mod generic;
mod macros;
pub mod methods;
mod synchronous;

/// What cleanups call.
pub fn note() {}
