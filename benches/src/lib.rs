//! Measurements against peers, in one run: how to measure, and how a figure is printed.
//!
//! `cargo xtask bench` runs the programs in `src/bin` and repeats their figures.

pub mod figure;
pub mod measure;
pub mod profiler;
