//! The hooks of panics and of slow regions: each is set once, and notes what happens while a recorder watches it.

use super::noted::{Trigger, note, note_panic, wait};
use hooks_runtime::trace::observe::set_slow_hook;
use std::panic;
use std::sync::Once;
use std::time::Duration;

/// Whoever panics on the main thread, or where panics abort, ends the process: the file is to be there by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts ours before the hook that is there, which is called as before.
pub(super) fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let number = note_panic();
            before(info);
            let ends = cfg!(panic = "abort") || std::thread::current().name() == Some("main");
            if let Some(number) = number.filter(|_| ends) {
                wait(number, PATIENCE);
            }
        }));
    });
}

pub(super) fn watch_slow_regions() {
    set_slow_hook(Some(|_, _| _ = note(Trigger::Slow)));
}

pub(super) fn forget_slow_regions() {
    set_slow_hook(None);
}
