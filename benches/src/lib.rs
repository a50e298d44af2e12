//! What the benches share.

pub mod figure;
