//! A profile's stacks as functions.

use crate::code::symbols::{Frame, Symbols, lookup_addresses};

use super::data::{Profile, Sample};

/// The frame that stands for samples that could not be kept. Go's name would be `runtime._LostExternalCode`.
pub(crate) const LOST: &str = "lost samples";

/// What a sample without a label shows where others show its value.
pub(crate) const UNLABELLED: &str = "<unlabelled>";

impl Profile {
    /// Names for all addresses of the profile. Opens files and takes milliseconds unless an earlier call did.
    pub(crate) fn symbols(&self) -> Symbols {
        let stacks = self.samples.iter().map(|sample| &*sample.stack);
        Symbols::resolve(&self.modules, stacks.flat_map(lookup_addresses))
    }
}

impl Sample {
    /// The functions of the stack, leaf first, inlined calls included.
    pub(crate) fn functions<'a>(&'a self, symbols: &'a Symbols) -> impl Iterator<Item = &'a Frame> {
        lookup_addresses(&self.stack).flat_map(|address| symbols.frames(address))
    }
}
