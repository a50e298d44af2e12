//! What observers (a profiler's signal handler, a stack dump, a crash report) call to read labels.

/// The value of a label as an observer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// Text, at most [`MAX_VALUE`] bytes.
    Text(&'a str),
    /// A number with its unit (`""` where none was given).
    Number {
        /// The number.
        value: i64,
        /// Its unit, `"bytes"` for instance.
        unit: &'a str,
    },
}

/// Longest value in bytes that any observer is shown; longer ones are cut at a char boundary.
pub const MAX_VALUE: usize = 64;

/// Calls `visit(key, value)` for each label in force on this thread, innermost first, each key once.
///
/// Async-signal-safe: no allocation, no lock, no `errno`. Returns how many labels were left out because the chain was too deep.
pub fn visit(_visit: &mut dyn FnMut(&str, ValueRef<'_>)) -> u32 {
    0
}

/// Sets the function that is called once on each thread that enters its first label scope, is started by one of the
/// spawn helpers, or calls [`thread_started`], so that an observer can attach to the thread exactly.
pub fn set_thread_hook(_hook: Option<fn()>) {}

/// Says that this thread has started: call it in `on_thread_start` of a runtime whose threads should be observed from
/// their first instant.
pub fn thread_started() {}
