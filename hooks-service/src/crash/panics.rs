//! Panics: the hook that writes them to both places, and which of them count as a crash.

use super::monitor::wire::Kind;
use super::state::{ALL_PANICS, PANICS_WITH_STACK};
use super::{handler, sink};
use crate::unwind::own_id;
use hooks_runtime::labels::Labels;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Which panics go to the crash output. In Rust a panic is not yet a crash: it may be caught, or end one task.
///
/// ```
/// use hooks_service::crash::Panics;
///
/// assert_eq!(Panics::default(), Panics::Aborting);
/// ```
///
/// Cost: where all are asked for, a write to the file for each panic. The other way, the text of the last 32 panics is
/// kept in memory.
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

/// Panics that may turn out to be the end, the latest last.
static PENDING: Mutex<VecDeque<Pending>> = Mutex::new(VecDeque::new());
/// More than so many are not kept; an older one belongs to a panic that was caught.
const MOST_PENDING: usize = 32;

struct Pending {
    thread: i32,
    text: String,
    /// Whether it is in the crash output already.
    written: bool,
}

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
    if let Some(kept) = kept {
        write_pending(kept);
    }
    write(&text, ends, users.is_none());
    if let Some(users) = users {
        call(users, info, &text, ends);
    }
    if ends && handler::sees_abort() {
        // Std has a last word before it aborts.
        sink::redirect();
    }
}

/// Writes the text where it is to be now, and keeps it for where it may have to be later.
fn write(text: &str, ends: bool, to_stderr: bool) {
    // One after the other, so that both places have the same order.
    let mut pending = pending();
    if to_stderr {
        sink::stderr_alone(text.as_bytes());
    }
    let written = ends || ALL_PANICS.load(Relaxed);
    if written {
        sink::output_alone(text.as_bytes());
    }
    if ends {
        sink::tell_text(text.as_bytes());
        return;
    }
    if pending.len() >= MOST_PENDING {
        pending.pop_front();
    }
    pending.push_back(Pending { thread: own_id(), text: text.to_owned(), written });
}

fn call(users: &Hook, info: &PanicHookInfo<'_>, text: &str, ends: bool) {
    if !ends && !ALL_PANICS.load(Relaxed) {
        PUBLISHED.set((text.as_ptr(), text.len()));
    }
    if ends && handler::sees_abort() {
        sink::redirect();
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
    match message(info) {
        "panic in a function that cannot unwind" => Some(1),
        "panic in a destructor during cleanup" => Some(2),
        _ => None,
    }
}

/// Writes the latest panics of this thread to the crash output; `false` if there are none.
fn write_pending(most: usize) -> bool {
    let mut pending = pending();
    let mine = pending.iter_mut().filter(|panic| panic.thread == own_id());
    let skipped = mine.count().saturating_sub(most);
    let mine = pending.iter_mut().filter(|panic| panic.thread == own_id()).skip(skipped);
    let mut any = false;
    for panic in mine {
        if !std::mem::replace(&mut panic.written, true) {
            sink::output_alone(panic.text.as_bytes());
        }
        sink::tell_text(panic.text.as_bytes());
        any = true;
    }
    any
}

/// At the exit of the process with the status of a panic: the one that left `main`. `false` if there was none.
pub(super) fn write_last() -> bool {
    let written = write_pending(1);
    if written {
        sink::tell(Kind::Panic, &[]);
    }
    written
}

fn pending() -> MutexGuard<'static, VecDeque<Pending>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
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
    push_stack(&mut text);
    text
}

fn push_stack(text: &mut String) {
    static HINTED: AtomicBool = AtomicBool::new(false);
    let stack =
        if PANICS_WITH_STACK.load(Relaxed) { Backtrace::force_capture() } else { Backtrace::capture() };
    if stack.status() == BacktraceStatus::Captured {
        let _ = write!(text, "stack backtrace:\n{stack}");
    } else if !HINTED.swap(true, Relaxed) {
        text.push_str(
            "note: run with `RUST_BACKTRACE=1` or `HOOKS_TRACEBACK=single` to see the stack of a panic\n",
        );
    }
}
