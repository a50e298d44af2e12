//! Perfetto's format: `TracePacket`s with `TrackEvent`s, which ui.perfetto.dev opens.
//!
//! In: pieces of an area, in any order of threads (`encoder`). Out: bytes, whole packets of them, by `proto`. A `packet` is one of
//! a `sequence`, of which each thread has its own, with the names that it has said so far. Of each `span` it is followed what it
//! does, in the order of time. `names` are those of sites, `annotations` what else is said of an event.
//! `states` and `stacks` of threads come from others, on tracks `beside` what the threads say.

mod annotations;
#[cfg(sampler)]
mod beside;
mod encoder;
mod names;
mod packet;
pub(crate) mod proto;
mod sequence;
mod span;
#[cfg(all(feature = "profile", sampler))]
mod stacks;
#[cfg(sampler)]
mod states;

pub(crate) use encoder::Encoder;
pub(crate) use packet::PACKET;
#[cfg(all(feature = "profile", sampler))]
pub(crate) use stacks::Stacks;
#[cfg(sampler)]
pub(crate) use states::States;
