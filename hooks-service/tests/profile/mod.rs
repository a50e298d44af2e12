//! Profiles of the processor and wall clocks.
#![allow(clippy::cast_precision_loss, reason = "counts of samples, weights and threads are small")]

mod errors;
mod fork;
mod labels;
mod load;
mod magnitude;
mod pprof_tool;
mod reaches_main;
mod sample;
mod signal;
mod split;
mod storm;
mod wall;
