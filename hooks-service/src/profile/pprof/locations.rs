//! Stacks of addresses as location ids, each address written once.

use std::collections::hash_map::Entry;
use std::io::{self, Write};

use crate::code::symbols::{AddressMap, Frame, Symbols, lookup_addresses};
use crate::code::{Module, ModuleIndex};

use super::encoder::{Encoder, Line, Mapping};

/// The locations of one profile, of whichever kind.
pub(crate) struct Locations<'a> {
    modules: &'a [Module],
    index: ModuleIndex<'a>,
    /// Without: the addresses are left to the viewer.
    symbols: Option<&'a Symbols>,
    ids: AddressMap<u64>,
    names: Vec<Names>,
}

/// What was found for the addresses of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    NotNeeded,
    Missing,
    Found,
}

impl<'a> Locations<'a> {
    pub(crate) fn new(modules: &'a [Module], symbols: Option<&'a Symbols>) -> Self {
        let unasked = if symbols.is_some() { Names::NotNeeded } else { Names::Missing };
        let (index, names) = (ModuleIndex::new(modules), vec![unasked; modules.len()]);
        Locations { modules, index, symbols, ids: AddressMap::default(), names }
    }

    /// The location ids of a stack, leaf first.
    pub(crate) fn stack<W: Write>(
        &mut self,
        encoder: &mut Encoder<W>,
        stack: &[u64],
    ) -> io::Result<Vec<u64>> {
        lookup_addresses(stack).map(|address| self.location(encoder, address)).collect()
    }

    /// Writes the modules. After the last stack, for only then is known which of them have names.
    pub(crate) fn mappings<W: Write>(&self, encoder: &mut Encoder<W>) -> io::Result<()> {
        let numbered = || self.modules.iter().zip(1..).zip(&self.names);
        // A binary named on pprof's command line stands for the first mapping.
        let (executable, libraries): (Vec<_>, Vec<_>) =
            numbered().partition(|((module, _), _)| module.is_executable());
        for ((module, id), names) in executable.into_iter().chain(libraries) {
            encoder.mapping(&mapping(module, id, *names != Names::Missing))?;
        }
        Ok(())
    }

    fn location<W: Write>(&mut self, encoder: &mut Encoder<W>, address: u64) -> io::Result<u64> {
        let Entry::Vacant(entry) = self.ids.entry(address) else { return Ok(self.ids[&address]) };
        let frames = self.symbols.map_or(&[][..], |symbols| symbols.frames(address));
        let module = self.index.find(address);
        if let Some(module) = module {
            let found = frames.iter().any(|frame| frame.named);
            let names = &mut self.names[module];
            *names = if found || *names == Names::Found { Names::Found } else { Names::Missing };
        }
        let id = encoder.location(
            module.map_or(0, |module| module as u64 + 1),
            address,
            frames.iter().map(line),
        )?;
        Ok(*entry.insert(id))
    }
}

fn line(frame: &Frame) -> Line<'_> {
    let file = frame.file.as_deref().unwrap_or_default();
    Line { function: &frame.function, symbol: &frame.symbol, file, number: frame.line }
}

fn mapping(module: &Module, id: u64, symbolised: bool) -> Mapping<'_> {
    let Module { start, end, file_offset, .. } = *module;
    Mapping { id, start, end, file_offset, file: module.file(), build_id: &module.build_id, symbolised }
}
