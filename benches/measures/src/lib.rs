//! Measurements against peers, in one run: how to measure, how to load a profiler, and how a figure is printed.
//!
//! The programs of `benches` and of its peers use it; `cargo xtask bench` runs them and repeats their figures. What measures
//! the compiler, `src/bin/expansion`, stands here, since it needs nothing else.

pub mod beside;
pub mod figure;
pub mod go;
pub mod measure;
pub mod profiler;
