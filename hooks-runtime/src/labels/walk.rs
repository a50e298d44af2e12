//! Reading a thread's chain of frames.
//!
//! **Runs in signal handlers**: nothing in this file allocates, locks, panics or touches `errno`, and its time is
//! bounded. No indexing, therefore, but `get` and `take`.

use super::bounds::MOST_KEYS;
use super::cell::{Found, read};
use super::frame::{self, BASE_SITE, Frame, SET_SITE, WATCHED_SITE};
use super::interned;
use super::value::ValueRef;
use crate::sites::{Site, label_keys};

/// How many frames and labels are looked at, before the rest of the chain is left out.
const MOST_STEPS: u32 = 4096;
/// How many frames are remembered as not worth a second look; recursion is rarely through more fns than that.
const MOST_SPENT: usize = 8;

/// See [`super::observe::visit`].
pub(super) fn visit(visit: &mut dyn FnMut(&str, ValueRef<'_>)) -> u32 {
    let mut walk = Walk {
        visit,
        seen: [""; MOST_KEYS],
        seen_count: 0,
        spent: [std::ptr::null(); MOST_SPENT],
        spent_count: 0,
        steps: MOST_STEPS,
        left_out: 0,
    };
    match walk.chain(frame::head()) {
        End::Reached => walk.left_out,
        End::TooFar => walk.left_out + 1,
    }
}

/// See [`super::observe::innermost_site`].
pub(super) fn innermost_site() -> Option<Site> {
    let mut frame = frame::head();
    for _ in 0..MOST_STEPS {
        // SAFETY: the chain's invariant: null or alive.
        let this = unsafe { frame.as_ref() }?;
        // SAFETY: as above.
        let site = unsafe { Frame::site(frame) };
        if this.parent.is_null() || std::ptr::eq(site, &raw const BASE_SITE) {
            return None;
        }
        let is_mark =
            [&raw const SET_SITE, &raw const WATCHED_SITE].iter().any(|mark| std::ptr::eq(site, *mark));
        if !is_mark {
            return Some(Site::of(site));
        }
        frame = this.parent;
    }
    None
}

#[derive(PartialEq)]
enum End {
    Reached,
    TooFar,
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(&str, ValueRef<'_>),
    seen: [&'static str; MOST_KEYS],
    seen_count: usize,
    /// Sites and sets whose keys have all been seen: what follows further out is shadowed.
    spent: [*const (); MOST_SPENT],
    spent_count: usize,
    steps: u32,
    left_out: u32,
}

impl Walk<'_> {
    fn chain(&mut self, mut frame: *const Frame) -> End {
        // SAFETY: the chain's invariant: null or alive.
        while let Some(this) = unsafe { frame.as_ref() } {
            if this.parent.is_null() {
                break;
            }
            // SAFETY: as above.
            let site = unsafe { Frame::site(frame) };
            if !self.step() || !self.frame(frame, site) {
                return End::TooFar;
            }
            if std::ptr::eq(site, &raw const BASE_SITE) {
                break;
            }
            frame = this.parent;
        }
        End::Reached
    }

    /// Whether another look is allowed.
    fn step(&mut self) -> bool {
        let allowed = self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        allowed
    }

    /// `false`: out of steps.
    fn frame(&mut self, frame: *const Frame, site: &'static &'static str) -> bool {
        // SAFETY: alive, and not the root, where `chain` ends.
        let cells = unsafe { Frame::cells(frame) };
        if std::ptr::eq(site, &raw const SET_SITE) || std::ptr::eq(site, &raw const BASE_SITE) {
            // SAFETY: a frame with one of these marks holds one `Set`.
            return if let (Found::Set(set), _) = unsafe { read(cells) } { self.set(set) } else { true };
        }
        self.cells(cells, site)
    }

    fn cells(&mut self, mut cell: *const u64, site: &'static &'static str) -> bool {
        let id = (&raw const *site).cast();
        if self.is_spent(id) {
            return true;
        }
        let mut all_seen = true;
        for (key, unit) in label_keys(site) {
            if !self.step() {
                return false;
            }
            // SAFETY: there is a cell for each key of the site; borrowed text outlives its frame, which is alive.
            let (found, next) = unsafe { read(cell) };
            cell = next;
            match found {
                Found::Text(text) => self.show(key, ValueRef::Text(text)),
                Found::Number(value) => self.show(key, ValueRef::Number { value, unit }),
                // Further out the same fn may have a value.
                Found::Absent | Found::Set(_) | Found::Place(_) => all_seen = false,
            }
        }
        if all_seen {
            self.spend(id);
        }
        true
    }

    fn set(&mut self, set: &'static interned::Set) -> bool {
        let id = (&raw const *set).cast();
        if self.is_spent(id) {
            return true;
        }
        for (key, value) in set.iter() {
            if !self.step() {
                return false;
            }
            self.show(key, value);
        }
        self.spend(id);
        true
    }

    fn is_spent(&self, id: *const ()) -> bool {
        self.spent.iter().take(self.spent_count).any(|spent| *spent == id)
    }

    fn spend(&mut self, id: *const ()) {
        if let Some(slot) = self.spent.get_mut(self.spent_count) {
            *slot = id;
            self.spent_count += 1;
        }
    }

    /// The innermost value of a key is met first.
    fn show(&mut self, key: &'static str, value: ValueRef<'_>) {
        if self.seen.iter().take(self.seen_count).any(|seen| *seen == key) {
            return;
        }
        let Some(slot) = self.seen.get_mut(self.seen_count) else {
            self.left_out += 1;
            return;
        };
        *slot = key;
        self.seen_count += 1;
        (self.visit)(key, value);
    }
}
