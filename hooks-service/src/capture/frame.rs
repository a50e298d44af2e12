//! A function of a stack, with its name.

use crate::code::symbols;
use crate::plain::Plain;
use std::fmt;

/// One function of a stack, or of an address. Its texts are shared with the process's cache of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    address: usize,
    name: symbols::Frame,
    inlined: bool,
}

impl Frame {
    pub(super) fn new(address: usize, name: &symbols::Frame, inlined: bool) -> Self {
        Self { address, name: name.clone(), inlined }
    }

    /// Of an address of which nothing is known but its number.
    pub(super) fn nowhere(address: usize) -> Self {
        Self { address, name: symbols::place(format!("{address:#x}")), inlined: false }
    }

    /// The function, `my_service::orders::load`; `libc.so.6+0x9a3f0` (file and place) where no name is known.
    pub fn function(&self) -> &str {
        &self.name.function
    }

    /// Whether [`function`](Self::function) is a name and not a place.
    pub fn is_named(&self) -> bool {
        self.name.named
    }

    /// The source file, if debug information tells.
    pub fn file(&self) -> Option<&str> {
        self.name.file.as_deref()
    }

    /// The line, from 1, if debug information tells.
    pub fn line(&self) -> Option<u32> {
        (self.name.line > 0).then_some(self.name.line)
    }

    /// The address that this was asked for: of a caller the one that is returned to.
    pub fn address(&self) -> usize {
        self.address
    }

    /// Whether the compiler put this function into the one that comes next, which has the same address.
    pub fn is_inlined(&self) -> bool {
        self.inlined
    }
}

/// `my_service::orders::load (src/orders.rs:17)`.
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain(self.function(), &[]).fmt(f)?;
        match (self.file().map(|file| Plain(file, &[])), self.line()) {
            (Some(file), Some(line)) => write!(f, " ({file}:{line})"),
            (Some(file), None) => write!(f, " ({file})"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_command_no_terminal() {
        let name = symbols::place("f\u{1b}[2J".to_owned());
        let name = symbols::Frame { file: Some("/srv/\u{1b}.rs".into()), line: 3, named: true, ..name };
        let shown = Frame::new(8, &name, false).to_string();
        assert_eq!(shown, "\"f\\u{1b}[2J\" (\"/srv/\\u{1b}.rs\":3)");
    }
}
