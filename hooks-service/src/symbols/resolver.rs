//! The order in which the sources of one file are asked: debug information, symbol tables, unwind tables.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gimli::RunTimeEndian;
use object::read::Object;

use super::dwarf::{Call, DebugError, DebugSections, Lines, has_debug_information};
use super::function_start::FunctionStarts;
use super::image::ImageError;
use super::module::Module;
use super::source_path::{is_bare, module_path};
use super::symbol_table::SymbolTable;
use super::{Frame, place_in};

/// Resolves addresses of one file.
pub(crate) struct Resolver<'file> {
    module: &'file Module,
    lines: Option<Lines<'file>>,
    table: SymbolTable<'file>,
    starts: Option<FunctionStarts<'file>>,
    names: Names,
}

/// Opens the file's sources for as long as `body` runs, and says what could not be used.
///
/// `debug_image` is what was split from it. Its symbol table always serves; its debug information, which distributions
/// compress, only for the program itself: to unpack that of the C library costs more than all the rest of a dump.
pub(crate) fn with(
    module: &Module,
    image: &[u8],
    debug_image: Option<&[u8]>,
    body: impl FnOnce(&mut Resolver),
) -> Result<Option<String>, ImageError> {
    let malformed = |source| ImageError::Malformed { path: module.file().into(), source };
    let file = object::File::parse(image).map_err(malformed)?;
    let debug_file = debug_image.and_then(|bytes| object::File::parse(bytes).ok());
    let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
    let split = debug_file.as_ref().filter(|_| module.is_executable());
    let source = [Some(&file), split].into_iter().flatten().find(|file| has_debug_information(file));
    let sections = source.map(DebugSections::load).transpose();
    let lines = sections.as_ref().map_err(ToString::to_string).and_then(|sections| {
        let lines = sections.as_ref().map(|sections| sections.lines(endian)).transpose();
        lines.map_err(|error: DebugError| error.to_string())
    });
    let (lines, warning) = match lines {
        Ok(lines) => (lines, None),
        Err(reason) => (None, Some(format!("no lines for {}: {reason}", module.file()))),
    };
    let table = SymbolTable::new(debug_file.iter().chain([&file]));
    let starts = FunctionStarts::new(&file, endian);
    body(&mut Resolver { module, lines, table, starts, names: Names::default() });
    Ok(warning)
}

impl Resolver<'_> {
    /// The functions at an address of the file, innermost first; at least one.
    pub(crate) fn frames(&mut self, address: u64) -> Arc<[Frame]> {
        let calls = self.lines.as_ref().map(|lines| lines.calls(address)).unwrap_or_default();
        let Some((outermost, inlined)) = calls.split_last() else {
            return Arc::new([self
                .names
                .frame(self.table.name(address), None, 0)
                .unwrap_or_else(|| self.place(address))]);
        };
        let mut frames: Vec<Frame> = inlined
            .iter()
            .filter_map(|call| self.names.frame(call.function.as_deref(), call.file, call.line))
            .collect();
        let name = full_name(outermost, self.table.name(address));
        let last = self.names.frame(name.as_deref(), outermost.file, outermost.line);
        frames.push(last.unwrap_or_else(|| self.place(address)));
        frames.into()
    }

    /// All addresses of one nameless function have one place, so that they count together.
    fn place(&self, address: u64) -> Frame {
        let start = self.starts.as_ref().and_then(|starts| starts.find(address));
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
