//! The calls of a stack for people: what std puts around them is left out, consecutive ones of others are a line, and the
//! program's own stand out.

use super::owner::{Owner, shortened};
use crate::plain::Plain;
use std::fmt;

/// A call, by whatever has found its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) function: &'a str,
    pub(crate) file: Option<&'a str>,
    /// From 1; 0 if it is not known.
    pub(crate) line: u32,
}

/// A part of a stack, innermost first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// One call that is shown with its place.
    One {
        /// How many calls are inside of it.
        depth: usize,
        call: Call<'a>,
        /// It is the program's.
        own: bool,
        /// How often it follows itself.
        repeated: usize,
    },
    /// Calls of others.
    Others {
        depth: usize,
        count: usize,
        /// What the program has called: the outermost that is not of a C library.
        entered: &'a str,
        /// Whose they are.
        whose: Vec<&'a str>,
    },
}

/// The stack in parts; `all`: each call is one.
pub(crate) fn parts<'a>(calls: &[Call<'a>], all: bool) -> Vec<Part<'a>> {
    if all {
        return split(calls, one);
    }
    let mut parts = split(&between_marks(calls), next_part);
    // By what std has a closure called it goes without saying.
    if parts.len() > 1 {
        parts.pop_if(|part| matches!(part, Part::Others { whose, .. } if whose == &["std"]));
    }
    parts
}

/// `next` makes a part of the first of some calls, at a depth.
fn split<'a>(calls: &[Call<'a>], next: fn(&[Call<'a>], usize) -> Part<'a>) -> Vec<Part<'a>> {
    let (mut parts, mut depth) = (Vec::new(), 0);
    while let Some(rest) = calls.get(depth..).filter(|rest| !rest.is_empty()) {
        let part = next(rest, depth);
        depth += part.count();
        parts.push(part);
    }
    parts
}

/// At least one call.
fn next_part<'a>(calls: &[Call<'a>], depth: usize) -> Part<'a> {
    let of_others = calls.iter().take_while(|call| is_of_others(call)).count();
    // Where a stack begins is worth a line, unless it is one of the many small fns of std.
    if of_others == 0 || (depth == 0 && owner(&calls[0]) != Owner::Std) {
        return one(calls, depth);
    }
    others(&calls[..of_others], depth)
}

fn one<'a>(calls: &[Call<'a>], depth: usize) -> Part<'a> {
    let call = calls[0];
    let repeated = calls.iter().skip(1).take_while(|next| **next == call).count();
    Part::One { depth, call, own: call.is_own(), repeated }
}

fn others<'a>(calls: &[Call<'a>], depth: usize) -> Part<'a> {
    let entered = calls.iter().rev().find(|call| owner(call) != Owner::System).unwrap_or(&calls[0]);
    let mut whose = Vec::new();
    for name in calls.iter().map(|call| name_of(owner(call))) {
        if !whose.contains(&name) {
            whose.push(name);
        }
    }
    Part::Others { depth, count: calls.len(), entered: entered.function, whose }
}

fn owner<'a>(call: &Call<'a>) -> Owner<'a> {
    Owner::of(call.function, call.file)
}

/// Whether this is a call that a reader of the program's code does not know.
pub(crate) fn is_of_others(call: &Call<'_>) -> bool {
    !matches!(owner(call), Owner::Program | Owner::Unknown)
}

fn name_of(owner: Owner<'_>) -> &str {
    match owner {
        Owner::Std => "std",
        Owner::Package(name) => name,
        Owner::Program | Owner::System | Owner::Unknown => "C",
    }
}

/// What is between the marks that std sets where a panic begins and where a thread or `main` does; all where there are none,
/// or nothing between them.
fn between_marks<'a>(calls: &[Call<'a>]) -> Vec<Call<'a>> {
    let is_end = |call: &Call<'_>| call.function.contains("__rust_end_short_backtrace");
    let is_begin = |call: &Call<'_>| call.function.contains("__rust_begin_short_backtrace");
    let first = calls.iter().find(|call| is_end(call) || is_begin(call));
    let mut inside = !first.is_some_and(is_end);
    let mut between = Vec::new();
    for call in calls {
        if is_end(call) || is_begin(call) {
            inside = is_end(call);
        } else if inside {
            between.push(*call);
        }
    }
    if between.is_empty() { calls.to_vec() } else { between }
}

/// Names and paths in a library are what that states: they command no terminal.
fn plain(text: &str) -> String {
    Plain(text, &[]).to_string()
}

impl Part<'_> {
    /// Without its place in the stack, and in the source.
    pub(crate) fn in_a_line(&self) -> String {
        match self {
            Self::One { call, .. } => plain(call.function),
            Self::Others { count: 1, entered, .. } => plain(entered),
            Self::Others { count, entered, whose, .. } => {
                let whose: Vec<_> = whose.iter().map(|name| plain(name)).collect();
                format!("{} ({count} calls: {})", plain(entered), whose.join(", "))
            }
        }
    }

    /// How many calls it is.
    fn count(&self) -> usize {
        match self {
            Self::One { repeated, .. } => repeated + 1,
            Self::Others { count, .. } => *count,
        }
    }
}

/// ```text
/// >  2: shop::orders::list
///              at src/orders.rs:71
///    3: tokio::runtime::Runtime::block_on (23 calls: tokio, std)
/// ```
impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One { depth, call, own, repeated } => {
                let mark = if *own { '>' } else { ' ' };
                write!(f, "{mark}{depth:3}: {}", plain(call.function))?;
                if let Some(place) = call.place() {
                    write!(f, "\n             at {place}")?;
                }
                if *repeated > 0 {
                    write!(f, "\n      the same {repeated} times more")?;
                }
                Ok(())
            }
            Self::Others { depth, .. } => write!(f, "{depth:4}: {}", self.in_a_line()),
        }
    }
}

impl Call<'_> {
    /// Whether it is the program's.
    pub(crate) fn is_own(&self) -> bool {
        owner(self) == Owner::Program
    }

    /// Its file, shortened, and line.
    pub(crate) fn place(&self) -> Option<impl fmt::Display> {
        let (folder, inside) = shortened(self.file?);
        Some(format!("{}:{}", plain(&format!("{folder}{inside}")), self.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = "/h/.cargo/registry/src/index-1f/tokio-1.47.1/src/runtime.rs";
    const RUST: &str = "/rustc/5980/library/core/src/panicking.rs";

    fn call(function: &'static str) -> Call<'static> {
        let file = match function.split("::").next().unwrap() {
            "shop" => Some("/srv/shop/src/orders.rs"),
            "tokio" => Some(CARGO),
            "std" | "core" => Some(RUST),
            _ => None,
        };
        Call { function, file, line: 7 }
    }

    fn shown(functions: &[&'static str], all: bool) -> String {
        let calls: Vec<_> = functions.iter().map(|function| call(function)).collect();
        parts(&calls, all).iter().fold(String::new(), |shown, part| shown + &part.to_string() + "\n")
    }

    const PANIC: [&str; 14] = [
        "std::backtrace::Backtrace::create",
        "std::sys::backtrace::__rust_end_short_backtrace",
        "core::panicking::panic_fmt",
        "core::option::Option<T>::unwrap",
        "shop::nest",
        "shop::nest",
        "shop::list",
        "tokio::runtime::poll",
        "core::ops::function::FnOnce::call_once",
        "tokio::runtime::block_on",
        "shop::main",
        "core::ops::function::FnOnce::call_once",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "std::rt::lang_start",
    ];

    #[test]
    fn a_stack_is_what_is_between_stds_marks_with_a_line_for_the_calls_of_others() {
        let expected = "   0: core::option::Option<T>::unwrap (2 calls: std)\n\
            >  2: shop::nest\n             at /srv/shop/src/orders.rs:7\n      the same 1 times more\n\
            >  4: shop::list\n             at /srv/shop/src/orders.rs:7\n   \
               5: tokio::runtime::block_on (3 calls: tokio, std)\n\
            >  8: shop::main\n             at /srv/shop/src/orders.rs:7\n";
        assert_eq!(shown(&PANIC, false), expected);
        let all = shown(&PANIC, true);
        assert_eq!(all.matches("at $RUST/core/src/panicking.rs:7").count(), 8, "{all}");
        assert_eq!(all.matches("at $CARGO/tokio-1.47.1/src/runtime.rs:7").count(), 2, "{all}");
    }

    #[test]
    fn names_and_paths_command_no_terminal() {
        let (function, file) = ("f\u{1b}[2J", Some("/srv/\u{1b}[2J.rs"));
        let calls = [Call { function, file, line: 3 }];
        let named = "\"f\\u{1b}[2J\"";
        for all in [false, true] {
            let shown = parts(&calls, all)[0].to_string();
            assert_eq!(shown, format!(">  0: {named}\n             at \"/srv/\\u{{1b}}[2J.rs\":3"));
        }
        assert_eq!(parts(&calls, false)[0].in_a_line(), named);
    }

    #[test]
    fn a_stack_that_begins_elsewhere_says_where() {
        let waits = ["syscall", "std::sys::futex", "tokio::runtime::park", "shop::main"];
        let expected = "   0: syscall\n   1: tokio::runtime::park (2 calls: std, tokio)\n\
            >  3: shop::main\n             at /srv/shop/src/orders.rs:7\n";
        assert_eq!(shown(&waits, false), expected);
        let of_std_alone = ["std::a", "std::sys::backtrace::__rust_begin_short_backtrace"];
        assert_eq!(shown(&of_std_alone, false), "   0: std::a\n");
        assert_eq!(shown(&of_std_alone[1..], false).lines().count(), 1, "not nothing");
        assert_eq!(shown(&[], false), "");
    }
}
