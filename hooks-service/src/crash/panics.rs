//! Panics: the hook that writes them to both places, and which of them count as a crash.

use super::pending::Pending;
use super::state::ALL_PANICS;
use super::{handler, panic_stack, sink};
use crate::process::own_id;
use hooks_runtime::labels::Labels;
use std::cell::Cell;
use std::fmt::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;

/// Which panics go to the crash output. In Rust a panic is not yet a crash: it may be caught, or end one task.
///
/// ```
/// use hooks_service::crash::Panics;
///
/// assert_eq!(Panics::default(), Panics::Aborting);
/// ```
///
/// Cost: where all are asked for, a write to the file for each panic. The other way, the text of the last two panics of
/// each thread is kept in memory, to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panics {
    /// Those that end the process: one that leaves `main`, one that cannot unwind, any in a program that is built with
    /// `panic = "abort"`, and one whose hook aborts.
    #[default]
    Aborting,
    /// All of them, at once.
    All,
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

thread_local! {
    /// The text of the panic whose hook is running, for the handler of the abort that the hook may call. Without a
    /// destructor: readable in a handler.
    static PUBLISHED: Cell<(*const u8, usize)> = const { Cell::new((std::ptr::null(), 0)) };
}

/// Puts our hook before the one that is there.
pub(super) fn install() {
    let before = panic::take_hook();
    let standard = panic::take_hook();
    // The standard hook is a fn of std's: what it prints we print ourselves, to both places.
    #[allow(
        ambiguous_wide_pointer_comparisons,
        reason = "a false `no` only has the hook called as any other"
    )]
    let is_standard = std::ptr::eq(&raw const *before, &raw const *standard);
    let users = (!is_standard).then_some(before);
    panic::set_hook(Box::new(move |info| run(info, users.as_deref())));
}

fn run(info: &PanicHookInfo<'_>, users: Option<&Hook>) {
    if handler::reports_here() {
        sink::both(b"panic within the crash report\n");
        // SAFETY: ends the process, by way of our handler.
        unsafe { libc::abort() };
    }
    let text = text(info);
    let kept = kept_back(info);
    let ends = cfg!(panic = "abort") || kept.is_some();
    if ends {
        await_turn();
    }
    write(&text, kept.unwrap_or(0), ends, users.is_none());
    if let Some(users) = users {
        call(users, info, &text, ends);
    }
    if ends && handler::sees_abort() {
        // Std has a last word before it aborts.
        redirect();
    }
}

/// Of several threads that end the process by a panic at the same time one speaks. The others wait for the end, but not
/// for ever: its hook may.
fn await_turn() {
    static ENDING: AtomicU64 = AtomicU64::new(0);
    let this = handler::this_thread();
    for _ in 0..100 {
        match ENDING.compare_exchange(0, this, SeqCst, SeqCst) {
            Err(thread) if thread != this && !handler::is_of_another_process(thread) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            _ => return,
        }
    }
}

/// Not while another thread writes its text to what was stderr.
fn redirect() {
    let _one_at_a_time = Pending::lock();
    sink::redirect();
}

/// Writes the text where it is to be now, behind so many that were kept back, and keeps it for where it may have to be
/// later.
fn write(text: &str, kept: usize, ends: bool, to_stderr: bool) {
    // One after the other, so that both places have the same order, and what belongs together is.
    let mut pending = Pending::lock();
    pending.write_latest(kept);
    if to_stderr {
        sink::stderr_alone(text.as_bytes());
    }
    let written = ends || ALL_PANICS.load(Relaxed);
    if written {
        sink::output_alone(text.as_bytes());
    }
    if ends {
        sink::tell_text(text.as_bytes());
    } else {
        pending.keep(text, written);
    }
}

fn call(users: &Hook, info: &PanicHookInfo<'_>, text: &str, ends: bool) {
    if !ends && !ALL_PANICS.load(Relaxed) {
        PUBLISHED.set((text.as_ptr(), text.len()));
    }
    if ends && handler::sees_abort() {
        redirect();
    }
    users(info);
    sink::drain();
    PUBLISHED.set((std::ptr::null(), 0));
}

/// Async-signal-safe: writes the text of the panic whose hook is running on this thread, and so has just aborted.
pub(super) fn write_published() {
    let (start, length) = PUBLISHED.get();
    if !start.is_null() {
        // SAFETY: the text of `call`, which is below this handler on the stack.
        let text = unsafe { std::slice::from_raw_parts(start, length) };
        sink::output_alone(text);
        sink::tell_text(text);
    }
}

/// If this is the panic after which std aborts: how many panics before it belong to it.
fn kept_back(info: &PanicHookInfo<'_>) -> Option<usize> {
    // A program may say the same, elsewhere; places can be left out of a program, by an option of the compiler.
    let file = info.location().map_or("", |place| place.file());
    if !file.ends_with("core/src/panicking.rs") && file != "<redacted>" {
        return None;
    }
    match message(info) {
        "panic in a function that cannot unwind" => Some(1),
        "panic in a destructor during cleanup" => Some(2),
        _ => None,
    }
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    let literal = payload.downcast_ref::<&'static str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("Box<dyn Any>")
}

/// As std puts it, with the labels.
fn text(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let mut text = format!("\nthread '{name}' ({}) panicked at ", own_id());
    match info.location() {
        Some(place) => _ = writeln!(text, "{place}:"),
        None => text.push_str("an unknown place:\n"),
    }
    let _ = writeln!(text, "{}", message(info));
    let labels = Labels::current();
    if !labels.is_empty() {
        let _ = writeln!(text, "labels: {labels}");
    }
    panic_stack::push(&mut text);
    text
}
