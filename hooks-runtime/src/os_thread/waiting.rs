//! Which of the shared threads wait for which, so that those that would wait for each other for ever are told instead.

use super::error::Error;
use super::plan::Place;
use super::work;
use crate::forked;
use crate::mutex::lock;
use std::sync::Mutex;

/// The thread that waits, and the one that it waits for. Each waits for one at most.
static WAITS: Mutex<Vec<(Place, Place)>> = Mutex::new(Vec::new());

/// The thread `from` waits for work on another until this is dropped, which the other one does before it goes on: every
/// entry is of a thread that cannot go on by itself.
pub(super) struct Wait {
    from: Place,
}

/// Before this thread waits for work on the thread `to`. `None` where nobody can be waiting for this thread in turn, as it
/// has no name.
pub(super) fn begin(to: Place) -> Result<Option<Wait>, Error> {
    let Some(from) = work::place().filter(|from| *from != Place::Own && !forked::is_child()) else {
        return Ok(None);
    };
    let mut waits = lock(&WAITS);
    if let Some(circle) = circle(&waits, from, to) {
        return Err(Error::WaitsForItself(circle));
    }
    waits.push((from, to));
    Ok(Some(Wait { from }))
}

/// The threads from `from` over `to` back to `from`, if they wait like that. It ends, as `waits` has no circle yet.
fn circle(waits: &[(Place, Place)], from: Place, to: Place) -> Option<Vec<Place>> {
    let mut circle = vec![from, to];
    let mut last = to;
    while last != from {
        last = waits.iter().find(|(waiting, _)| *waiting == last)?.1;
        circle.push(last);
    }
    Some(circle)
}

impl Drop for Wait {
    fn drop(&mut self) {
        // In a forked child nobody waits, and whoever had the lock is not there to give it back.
        if !forked::is_child() {
            lock(&WAITS).retain(|(from, _)| *from != self.from);
        }
    }
}
