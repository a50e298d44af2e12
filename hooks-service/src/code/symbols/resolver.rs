//! The order in which the sources of one file are asked: debug information, symbol tables, unwind tables.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::dwarf::Call;
use super::frame::{Frame, place_in};
use super::open_file::Sources;
use super::source_path::{is_bare, module_path};
use crate::code::module::Module;

/// Resolves addresses of one file.
pub(crate) struct Resolver<'look, 'file> {
    module: &'look Module,
    sources: &'look Sources<'file>,
    names: Names,
}

impl<'look, 'file> Resolver<'look, 'file> {
    pub(crate) fn new(module: &'look Module, sources: &'look Sources<'file>) -> Self {
        Resolver { module, sources, names: Names::default() }
    }

    /// The functions at an address of the file, innermost first; at least one.
    pub(crate) fn frames(&mut self, address: u64) -> Arc<[Frame]> {
        let calls = self.sources.lines.as_ref().map(|lines| lines.calls(address)).unwrap_or_default();
        let Some((outermost, inlined)) = calls.split_last() else {
            return Arc::new([self
                .names
                .frame(self.sources.table.name(address), None, 0)
                .unwrap_or_else(|| self.place(address))]);
        };
        let mut frames: Vec<Frame> = inlined
            .iter()
            .filter_map(|call| self.names.frame(call.function.as_deref(), call.file, call.line))
            .collect();
        let name = full_name(outermost, self.sources.table.name(address));
        let last = self.names.frame(name.as_deref(), outermost.file, outermost.line);
        frames.push(last.unwrap_or_else(|| self.place(address)));
        frames.into()
    }

    /// All addresses of one nameless function have one place, so that they count together.
    fn place(&self, address: u64) -> Frame {
        let start = self.sources.starts.as_ref().and_then(|starts| starts.find(address));
        place_in(self.module, start.unwrap_or(address))
    }
}

/// Debug information with lines only leaves the path out of a function's name (`handler`); the symbol table has it.
fn full_name<'call>(call: &'call Call, symbol: Option<&'call str>) -> Option<Cow<'call, str>> {
    let name = call.function.as_deref();
    let mangled = name.filter(|name| name.starts_with("_Z") || name.starts_with("_R"));
    mangled.or(symbol).or(name).map(Cow::Borrowed)
}

/// Every name once in memory, demangled once.
#[derive(Default)]
struct Names {
    texts: HashSet<Arc<str>>,
    /// Mangled to demangled.
    demangled: HashMap<Arc<str>, Option<Arc<str>>>,
}

impl Names {
    fn frame(&mut self, symbol: Option<&str>, file: Option<&str>, line: u32) -> Option<Frame> {
        let symbol = self.text(symbol?);
        let function = self.function(&symbol, file);
        Some(Frame { function, symbol, file: file.map(|file| self.text(file)), line, named: true })
    }

    fn function(&mut self, symbol: &Arc<str>, file: Option<&str>) -> Arc<str> {
        let demangled = self.demangled.entry(symbol.clone()).or_insert_with(|| demangle(symbol));
        if let Some(demangled) = demangled {
            return demangled.clone();
        }
        match file.filter(|_| is_bare(symbol)).and_then(module_path) {
            Some(module) => self.text(&format!("{module}::{symbol}")),
            None => symbol.clone(),
        }
    }

    fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let text = Arc::<str>::from(text);
        self.texts.insert(text.clone());
        text
    }
}

/// Rust names without the hash; C++ names stay as they are, the viewers have their own ways to shorten those.
fn demangle(symbol: &Arc<str>) -> Option<Arc<str>> {
    rustc_demangle::try_demangle(symbol).ok().map(|name| format!("{name:#}").into())
}
