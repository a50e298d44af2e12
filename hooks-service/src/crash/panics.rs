//! The hook of panics: it writes them to stderr as std would, with the labels, and keeps them for the end of the process.

use super::{latest, panic_stack, report, sink};
use crate::plain::{PlainLabel, Quoted};
use crate::process::{PerProcess, own_id};
use hooks_runtime::labels::Labels;
use std::backtrace::Backtrace;
use std::fmt::Write;
use std::panic::{self, PanicHookInfo};

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// Puts our hook before the one that is there. `all`: every panic is written at once, and not only those that end the
/// process.
pub(super) fn install(all: bool) {
    let before = panic::take_hook();
    let standard = panic::take_hook();
    // The standard hook is a fn of std's: what it prints we print ourselves, to both places.
    #[allow(
        ambiguous_wide_pointer_comparisons,
        reason = "a false `no` only has the hook called as any other"
    )]
    let is_standard = std::ptr::eq(&raw const *before, &raw const *standard);
    let users = (!is_standard).then_some(before);
    panic::set_hook(Box::new(move |info| run(info, users.as_deref(), all)));
}

fn run(info: &PanicHookInfo<'_>, users: Option<&Hook>, all: bool) {
    if report::is_made_here() {
        sink::both(b"panic within the crash report\n");
        // SAFETY: ends the process, by way of our handler.
        unsafe { libc::abort() };
    }
    let (text, stack) = told(info);
    write(text, stack, users.is_none(), all);
    if let Some(users) = users {
        users(info);
    }
}

/// Writes the text where it is to be now, and keeps it for where it may have to be later.
fn write(text: String, stack: Option<Backtrace>, to_stderr: bool, to_output: bool) {
    // One after the other, so that both places have the same order.
    static ORDER: PerProcess<()> = PerProcess::new();
    ORDER.with(|()| {
        if to_stderr {
            sink::stderr_alone(text.as_bytes());
        }
        if to_output {
            sink::output_alone(text.as_bytes());
        }
        latest::keep(latest::told(text, stack, to_stderr, to_output));
    });
}

/// As std puts it, with the labels; and the stack, where that is not part of the text yet.
fn told(info: &PanicHookInfo<'_>) -> (String, Option<Backtrace>) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let mut text = format!("\nthread {} ({}) panicked at ", Quoted(name.as_bytes()), own_id());
    match info.location() {
        Some(place) => _ = writeln!(text, "{place}:"),
        None => text.push_str("an unknown place:\n"),
    }
    let payload = info.payload();
    let literal = payload.downcast_ref::<&'static str>().copied();
    let message = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let _ = writeln!(text, "{}", message.unwrap_or("Box<dyn Any>"));
    let labels: Vec<_> =
        Labels::current().iter().map(|(key, value)| PlainLabel(key, value).to_string()).collect();
    if !labels.is_empty() {
        let _ = writeln!(text, "labels: {}", labels.join(", "));
    }
    let stack = panic_stack::push(&mut text);
    (text, stack)
}
