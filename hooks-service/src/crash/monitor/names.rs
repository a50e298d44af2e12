//! Names for the addresses of a process that has died, by what it told of its modules.

use crate::code::symbols::{Symbols, lookup_addresses};
use crate::code::{Module, calls};
use crate::crash::crash_report::StackFrame;
use crate::crash::wire::{Crash, Kind, Message};
use std::fmt::Write;

/// Names for the stacks of threads, and why some are missing.
pub(super) fn stacks(threads: &[&Crash], modules: &[Module]) -> (Vec<Vec<StackFrame>>, Vec<String>) {
    let lookups = threads.iter().flat_map(|thread| lookup_addresses(thread.frames()));
    let symbols = Symbols::resolve(modules, lookups);
    let stacks = threads.iter().map(|thread| {
        let lookups = lookup_addresses(thread.frames());
        let addresses = thread.frames().iter().zip(lookups);
        addresses.flat_map(|(&address, lookup)| frames(&symbols, address, lookup)).collect()
    });
    (stacks.collect(), symbols.warnings().to_vec())
}

fn frames(symbols: &Symbols, address: u64, lookup: u64) -> impl Iterator<Item = StackFrame> {
    symbols.frames(lookup).iter().map(move |frame| StackFrame {
        address,
        function: frame.function.to_string(),
        file: frame.file.as_ref().map(ToString::to_string),
        line: frame.line,
        own: frame.call().is_own(),
    })
}

/// A stack as text; `all`: also what std puts around it, and each call of others.
pub(super) fn push_stack(text: &mut String, stack: &[StackFrame], all: bool) {
    let calls: Vec<_> = stack.iter().map(StackFrame::call).collect();
    for part in calls::parts(&calls, all) {
        let _ = writeln!(text, "{part}");
    }
}

/// Tells the monitor of a module: `start end offset bias build-id path`.
pub(super) fn module_message(module: &Module) -> Message {
    let Module { start, end, file_offset, bias, path, build_id } = module;
    let mut message = Message::new(Kind::Module);
    message.bytes(format!("{start} {end} {file_offset} {bias} {build_id} {path}").as_bytes());
    message
}

pub(super) fn parse_module(payload: &[u8]) -> Option<Module> {
    let mut parts = std::str::from_utf8(payload).ok()?.splitn(6, ' ');
    let mut number = || parts.next()?.parse().ok();
    let (start, end, file_offset, bias) = (number()?, number()?, number()?, number()?);
    let build_id = parts.next()?.into();
    Some(Module { start, end, file_offset, bias, build_id, path: parts.next()?.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crash::wire::Received;

    #[test]
    fn modules_come_back_also_with_spaces_and_without_build_ids() {
        let (path, build_id) = ("/srv/my service (deleted)".into(), "".into());
        let module = Module { start: 1, end: u64::MAX, file_offset: 3, bias: u64::MAX - 1, path, build_id };
        let message = module_message(&module);
        let received = Received::new(message.finished()).unwrap();
        assert_eq!(parse_module(received.payload), Some(module));
        assert_eq!(parse_module(b"1 2 3"), None);
    }
}
