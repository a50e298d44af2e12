//! The stack of a panic, as std prints it: without what the panic and its hook are made of, and without what calls `main`.

use super::latest::Told;
use super::traceback::{self, Traceback};
use crate::code::calls::{self, Call};
use std::backtrace::Backtrace;
use std::env;
use std::fmt::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether panics come with a stack where `RUST_BACKTRACE` does not ask for one.
pub(super) static PANICS_WITH_STACK: AtomicBool = AtomicBool::new(false);

/// How much `RUST_BACKTRACE` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// It does not say.
    Unset,
    None,
    Short,
    Full,
}

/// As it is at the first panic, for std looks at it then.
fn style() -> Style {
    static STYLE: OnceLock<Style> = OnceLock::new();
    *STYLE.get_or_init(|| match env::var_os("RUST_BACKTRACE") {
        None => Style::Unset,
        Some(value) if value == "0" => Style::None,
        Some(value) if value == "full" => Style::Full,
        Some(_) => Style::Short,
    })
}

/// Adds the stack of the calling thread where it is asked for; else takes it, for the case that this panic ends the process, or
/// says once how to have it.
pub(super) fn push(text: &mut String) -> Option<Backtrace> {
    static HINTED: AtomicBool = AtomicBool::new(false);
    let style = style();
    if style == Style::Full {
        let _ = write!(text, "stack backtrace:\n{:#}", Backtrace::force_capture());
    } else if style == Style::Short || PANICS_WITH_STACK.load(Relaxed) {
        text.push_str("stack backtrace:\n");
        push_short(text, &Backtrace::force_capture().to_string());
    } else if style == Style::Unset && traceback::level() >= Traceback::Single {
        // Its names are looked up when it is told: of most panics it is not.
        return Some(Backtrace::force_capture());
    } else if !HINTED.swap(true, Relaxed) {
        text.push_str(
            "note: run with `RUST_BACKTRACE=1` or `HOOKS_TRACEBACK=single` to see the stack of a panic\n",
        );
    }
    None
}

/// Writes the stack of a panic that ends the process to where its text is, unless it has it.
pub(super) fn write(panic: &Told) {
    let Some(stack) = &panic.stack else { return };
    let stack = stack.to_string();
    let mut text = "stack:\n".to_owned();
    for part in calls::parts(&named(&stack), traceback::level() >= Traceback::System) {
        let _ = writeln!(text, "{part}");
    }
    panic.add(text.as_bytes());
}

/// The calls of a stack as std shows it: `   3: function`, and below it `             at file:line:column`.
fn named(stack: &str) -> Vec<Call<'_>> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    for line in stack.lines() {
        let place = line.trim_start().strip_prefix("at ").filter(|_| function(line).is_none());
        match (function(line), place.and_then(place_of), calls.last_mut()) {
            (Some(function), ..) => calls.push(Call { function, file: None, line: 0 }),
            (None, Some((file, line)), Some(call)) => (call.file, call.line) = (Some(file), line),
            _ => {}
        }
    }
    calls
}

/// Of `./src/main.rs:3:5` the file and the line.
fn place_of(place: &str) -> Option<(&str, u32)> {
    let (rest, last) = place.rsplit_once(':')?;
    let with_column = rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    with_column.or_else(|| Some((rest, last.parse().ok()?)))
}

/// Adds what of `stack` is between the marks that std sets.
fn push_short(text: &mut String, stack: &str) {
    const FIRST: &str = "__rust_end_short_backtrace";
    const LAST: &str = "__rust_begin_short_backtrace";
    if !stack.contains(FIRST) {
        // A program without names: better too much than nothing.
        text.push_str(stack);
        return;
    }
    let (mut inside, mut shown, mut depth, mut left_out) = (false, false, 0, 0);
    for line in stack.split_inclusive('\n') {
        let Some(function) = function(line) else {
            // Where the function before is in the source.
            text.push_str(if shown { line } else { "" });
            continue;
        };
        let is_mark = function.contains(FIRST) || function.contains(LAST);
        if is_mark {
            inside = function.contains(FIRST);
        }
        shown = inside && !is_mark;
        if shown {
            if depth > 0 && left_out > 0 {
                let _ = writeln!(text, "      [... omitted {left_out} frame{} ...]", plural(left_out));
            }
            let _ = write!(text, "{depth:4}: {function}");
            depth += 1;
            left_out = 0;
        } else if !is_mark {
            left_out += 1;
        }
    }
    text.push_str(
        "note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n",
    );
}

/// Of a line `  12: function` the function, with the end of the line.
fn function(line: &str) -> Option<&str> {
    let (number, function) = line.split_once(": ")?;
    number.trim_start().bytes().all(|byte| byte.is_ascii_digit()).then_some(function)
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "   0: hooks::text
             at ./panics.rs:1:2
   1: std::x::__rust_end_short_backtrace::<A>
             at std.rs:3:4
   2: core::panicking::panic_fmt
             at core.rs:5:6
   3: shop::list
  14: std::x::__rust_begin_short_backtrace
             at std.rs:7:8
  15: std::rt::lang_start
             at std.rs:9:8
";

    #[test]
    fn what_the_panic_is_made_of_is_left_out() {
        let mut text = String::new();
        push_short(&mut text, STACK);
        let note =
            "note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n";
        let program = "   0: core::panicking::panic_fmt\n             at core.rs:5:6\n   1: shop::list\n";
        assert_eq!(text, format!("{program}{note}"));

        text.clear();
        push_short(&mut text, &STACK.repeat(2));
        let between = "      [... omitted 2 frames ...]\n";
        let again = program.replace("   1:", "   3:").replace("   0:", "   2:");
        assert_eq!(text, format!("{program}{between}{again}{note}"));
    }

    #[test]
    fn what_std_shows_is_read_again() {
        let calls = named(STACK);
        assert_eq!((calls.len(), calls[3].function, calls[3].file), (6, "shop::list", None));
        let Call { function, file, line } = calls[2];
        assert_eq!((function, file, line), ("core::panicking::panic_fmt", Some("core.rs"), 5));
        assert_eq!(place_of("c.c:7"), Some(("c.c", 7)));
    }

    #[test]
    fn without_names_everything_is_shown() {
        let mut text = String::new();
        push_short(&mut text, "   0: <unknown>\n   1: <unknown>\n");
        assert_eq!(text, "   0: <unknown>\n   1: <unknown>\n");
    }
}
