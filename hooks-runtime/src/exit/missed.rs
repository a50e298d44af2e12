//! Flushers that nobody has run by the time that the process ends: a program that forgot the way out, in which each of
//! them compiles, is listed and does nothing. It is said then, and so in the program's first test, too.

use super::{flushers, gate};
use crate::hook::say;
use crate::process;

/// Run before `main`, and where a library with flushers is loaded.
#[cfg(all(target_os = "linux", not(miri)))]
#[used]
// SAFETY: the section is for fns like this one, which the loader calls once.
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = watch;

/// What was given to libc first it calls last.
#[cfg_attr(any(not(target_os = "linux"), miri), allow(dead_code, reason = "nobody calls it there"))]
extern "C" fn watch() {
    process::at_exit(tell);
}

extern "C" fn tell() {
    if gate::has_begun() {
        return;
    }
    let flushers = flushers();
    let Some(first) = flushers.first() else { return };
    let (count, name) = (flushers.len(), first.site.function());
    let (were, first) = if count == 1 { (" was", "") } else { ("s were", " the first") };
    say(format_args!(
        "{count} flusher{were} not run, {name}{first}: the process ended without `hooks_runtime::exit`, and without a \
         `main` with `#[exit_scope]`"
    ));
}
