//! The code of this process: which files are loaded where, how their functions are unwound, and what they are called.
//!
//! In: what the dynamic linker says, and the files it names. Out: one map for all ([`current`], or by a [`Pin`] for those
//! that may not wait), with its [`Module`]s and its [`Unwinder`]; [`symbols`] for addresses, and stacks of them for people
//! ([`calls`]). Made anew when libraries come or go, not when a profile or a dump begins. It knows neither threads nor who
//! takes their stacks.
pub(crate) mod calls;
#[cfg(sampler)]
mod map;
mod module;
#[cfg(sampler)]
pub(crate) mod objects;
mod owner;
#[cfg(sampler)]
mod pin;
pub(crate) mod program;
#[cfg(sampler)]
mod registry;
pub(crate) mod symbols;
#[cfg(sampler)]
mod unwinder;

#[cfg(sampler)]
pub(crate) use map::Code;
pub(crate) use module::{Module, ModuleIndex};
#[cfg(all(test, sampler))]
pub(crate) use pin::forget_others;
#[cfg(sampler)]
pub(crate) use pin::{PINS, Pin};
#[cfg(sampler)]
pub(crate) use registry::current;
#[cfg(sampler)]
pub(crate) use unwinder::{Cache, Unwinder};
