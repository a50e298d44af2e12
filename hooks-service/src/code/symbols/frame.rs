//! A function at an address.

use std::sync::Arc;

use crate::code::calls::Call;
use crate::code::module::Module;

/// One function at an address; an address in inlined code has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The function, demangled if it is Rust; `libc.so.6+0x9a3f0` (file and place of the function) without a name. An
    /// inlined one of which the debug information has the bare name only is put into the module that its file is.
    pub(crate) function: Arc<str>,
    /// The name as the linker knows it, mangled.
    pub(crate) symbol: Arc<str>,
    pub(crate) file: Option<Arc<str>>,
    /// From 1; 0 if not known.
    pub(crate) line: u32,
    /// Whether `function` is a name and not a place.
    pub(crate) named: bool,
}

impl Frame {
    pub(crate) fn call(&self) -> Call<'_> {
        Call { function: &self.function, file: self.file.as_deref(), line: self.line }
    }
}

pub(super) fn place_in(module: &Module, file_address: u64) -> Frame {
    place(format!("{}+{file_address:#x}", module.file_name()))
}

pub(crate) fn place(function: String) -> Frame {
    let function = Arc::<str>::from(function);
    Frame { symbol: function.clone(), function, file: None, line: 0, named: false }
}
