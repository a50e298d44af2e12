//! Profiles of the processor and wall clocks.
#![allow(clippy::cast_precision_loss, reason = "counts of samples, weights and threads are small")]

mod cancel;
mod crowd;
mod deep;
mod descriptors;
mod errors;
mod fork;
mod labels;
mod load;
mod magnitude;
mod names;
mod neighbours;
mod on_drop;
mod pieces;
mod pprof_tool;
mod reaches_main;
mod recording;
mod sample;
mod signal;
mod split;
mod ticks;
mod together;
mod wall;
