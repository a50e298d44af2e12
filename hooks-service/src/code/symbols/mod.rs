//! Names, files and lines for addresses of this process.
//!
//! In: modules and addresses. Out: for each address its functions. [`Symbols::resolve`] takes all addresses of a dump at once
//! and opens each file that is needed once, one after the other. What stays for the next is in one [`cache`], bounded.
//!
//! It reads files and allocates: never call it in a signal handler.
mod cache;
mod dwarf;
mod frame;
mod functions;
mod image;
mod kept;
mod open_file;
mod resolver;
mod section;
mod source_path;
mod split;

#[cfg(test)]
pub(crate) mod test_support;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::module::{Module, ModuleIndex};
pub(crate) use cache::AddressMap;
use cache::Frames;
use frame::place_in;
pub(crate) use frame::{Frame, place};
use image::ImageError;
use open_file::OpenFile;
use resolver::Resolver;

/// The frames of a set of addresses.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    frames: AddressMap<Frames>,
    warnings: Vec<String>,
}

/// The addresses to look up for a stack of program counters, leaf first.
///
/// All but the leaf are return addresses: the call is the instruction before, and the one at the return address may
/// belong to another line or even another function.
pub(crate) fn lookup_addresses(stack: &[u64]) -> impl Iterator<Item = u64> {
    stack
        .iter()
        .enumerate()
        .map(|(depth, &address)| if depth == 0 { address } else { address.wrapping_sub(1) })
}

impl Symbols {
    /// Resolves `addresses`, each to be one that [`lookup_addresses`] gave.
    ///
    /// Nothing fails: an address in no module is named by its number, one in a file that cannot be used by the file
    /// and its place there, and [`Symbols::warnings`] says why.
    pub(crate) fn resolve(modules: &[Module], addresses: impl IntoIterator<Item = u64>) -> Self {
        let mut symbols = Symbols::default();
        let index = ModuleIndex::new(modules);
        let mut wanted: Vec<Vec<u64>> = vec![Vec::new(); modules.len()];
        for address in addresses {
            symbols.frames.entry(address).or_insert_with(|| match index.find(address) {
                Some(module) => {
                    wanted[module].push(address);
                    Arc::new([])
                }
                None => Arc::new([place(format!("{address:#x}"))]),
            });
        }
        for (module, addresses) in modules.iter().zip(wanted) {
            symbols.resolve_in(module, addresses);
        }
        symbols
    }

    /// The functions at `address`, innermost first; never empty for an address that was asked for.
    pub(crate) fn frames(&self, address: u64) -> &[Frame] {
        self.frames.get(&address).map_or(&[], |frames| frames)
    }

    /// What could not be used, and why.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn resolve_in(&mut self, module: &Module, mut addresses: Vec<u64>) {
        if addresses.is_empty() {
            return;
        }
        let identity = image::identity(module).map(Arc::<str>::from);
        if let Some(identity) = &identity {
            self.take_cached(module, identity, &mut addresses);
        }
        if addresses.is_empty() {
            let fault = identity.and_then(|identity| cache::with(|cache| cache.fault(&identity)));
            self.warnings.extend(fault);
            return;
        }
        let kept = identity.as_ref().and_then(|identity| cache::take(identity, module));
        match kept.map_or_else(|| OpenFile::open(module), Ok) {
            Ok(file) => self.read(module, identity, file, &addresses),
            Err(error) => self.keep_places(module, &addresses, &error),
        }
    }

    fn keep_places(&mut self, module: &Module, addresses: &[u64], error: &ImageError) {
        self.warnings.push(error.to_string());
        for &address in addresses {
            self.frames.insert(address, Arc::new([place_in(module, module.file_address(address))]));
        }
    }

    fn read(&mut self, module: &Module, identity: Option<Arc<str>>, file: OpenFile, addresses: &[u64]) {
        let fault = file.look(|sources| {
            let mut resolver = Resolver::new(module, sources);
            for &address in addresses {
                self.frames.insert(address, resolver.frames(module.file_address(address)));
            }
            sources.fault().map(|reason| format!("no lines for {}: {reason}", image::shown(module)))
        });
        let before = identity.as_ref().and_then(|identity| cache::with(|cache| cache.fault(identity)));
        self.warnings.extend(fault.clone().or(before));
        if let Some(identity) = identity {
            if let Some(fault) = fault {
                cache::with(|cache| cache.set_fault(&identity, &fault));
            }
            self.store(module, &identity, addresses);
            cache::keep(identity, file);
        }
    }

    /// Fills in what the cache knows and leaves the rest in `addresses`.
    fn take_cached(&mut self, module: &Module, identity: &Arc<str>, addresses: &mut Vec<u64>) {
        cache::with(|cache| {
            addresses.retain(|&address| {
                let known = cache.get(identity, module.file_address(address));
                known.map(|frames| self.frames.insert(address, frames)).is_none()
            });
        });
    }

    fn store(&self, module: &Module, identity: &Arc<str>, addresses: &[u64]) {
        let closed = cache::with(|cache| {
            for address in addresses {
                cache.insert(identity, module.file_address(*address), self.frames[address].clone());
            }
            cache.shrink()
        });
        drop(closed);
    }
}
