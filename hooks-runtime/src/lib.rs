//! Runtime hooks for Rust: the pairs that annotated functions call.
pub mod labels;
