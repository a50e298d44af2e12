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
/// `debug_image` is the debug information that was split from it, used where the file itself has none.
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
    let source =
        [Some(&file), debug_file.as_ref()].into_iter().flatten().find(|file| has_debug_information(file));
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
    /// Mangled to demangled.
    functions: HashMap<Arc<str>, Arc<str>>,
    files: HashSet<Arc<str>>,
}

impl Names {
    fn frame(&mut self, symbol: Option<&str>, file: Option<&str>, line: u32) -> Option<Frame> {
        let (symbol, function) = self.function(symbol?);
        Some(Frame { function, symbol, file: file.map(|file| self.file(file)), line, named: true })
    }

    fn function(&mut self, symbol: &str) -> (Arc<str>, Arc<str>) {
        if let Some((symbol, function)) = self.functions.get_key_value(symbol) {
            return (symbol.clone(), function.clone());
        }
        let symbol = Arc::<str>::from(symbol);
        let function = demangle(&symbol).map_or_else(|| symbol.clone(), Arc::from);
        self.functions.insert(symbol.clone(), function.clone());
        (symbol, function)
    }

    fn file(&mut self, path: &str) -> Arc<str> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let path = Arc::<str>::from(path);
        self.files.insert(path.clone());
        path
    }
}

/// Rust names without the hash; C++ names stay as they are, the viewers have their own ways to shorten those.
fn demangle(symbol: &str) -> Option<String> {
    rustc_demangle::try_demangle(symbol).ok().map(|name| format!("{name:#}"))
}
