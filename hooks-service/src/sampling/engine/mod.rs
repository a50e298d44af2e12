//! The sampler, on Linux on x86-64 and aarch64.
//!
//! In: `SIGPROF` of a timer or a perf event of each thread (`threads`, on its `ticks`). The `handler` leaves a `record` of the
//! interrupted stack in the ring of its `rate`: a clock and a frequency. Out: the thread of the `collector` empties the rings
//! into the readers, who hold a `subscription` each. The `ledger` tells what they missed. `signal` says whose `SIGPROF` is.

mod bell;
mod collector;
mod handler;
mod ledger;
mod names;
mod perf;
mod rate;
mod record;
mod ring;
mod signal;
mod slot;
mod stack;
mod subscription;
mod threads;
mod ticks;
mod timer;

pub(crate) use subscription::{KeptOut, Span, Subscription, in_handler, sample_now};
