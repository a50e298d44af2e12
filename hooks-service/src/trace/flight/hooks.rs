//! The hooks of panics and of slow regions: each is set once, and notes what happens while a recorder watches it.

use super::noted::{ANSWERED, Trigger, note};
use hooks_runtime::trace::observe::set_slow_hook;
use std::panic;
use std::sync::Once;
use std::time::{Duration, Instant};

/// Whoever panics on the main thread, or where panics abort, ends the process: the file is to be there by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// Puts ours before the hook that is there, which is called as before.
pub(super) fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let answered = ANSWERED.count();
            let is_watched = note(Trigger::Panic);
            before(info);
            let ends = cfg!(panic = "abort") || std::thread::current().name() == Some("main");
            if is_watched && ends {
                wait_for_answer(answered);
            }
        }));
    });
}

fn wait_for_answer(answered: u32) {
    let until = Instant::now() + PATIENCE;
    while ANSWERED.count() == answered {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        ANSWERED.wait(answered, Some(left));
    }
}

pub(super) fn watch_slow_regions() {
    set_slow_hook(Some(|_, _| _ = note(Trigger::Slow)));
}

pub(super) fn forget_slow_regions() {
    set_slow_hook(None);
}
