//! The code of this process: which files are loaded where, how their functions are unwound, and what they are called.
//!
//! In: what the dynamic linker says, and the files it names. Out: [`Module`]s by address, an [`Unwinder`], and
//! [`symbols`] for addresses. It knows neither threads nor who takes their stacks.
mod module;
#[cfg(all(any(feature = "profile", feature = "stacks", feature = "crash"), sampler))]
pub(crate) mod objects;
pub(crate) mod symbols;
#[cfg(all(any(feature = "profile", feature = "stacks", feature = "crash"), sampler))]
mod unwinder;

pub(crate) use module::{Module, ModuleIndex};
#[cfg(all(any(feature = "profile", feature = "stacks", feature = "crash"), sampler))]
pub(crate) use unwinder::{Cache, Unwinder};
