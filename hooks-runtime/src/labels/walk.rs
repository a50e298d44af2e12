//! Reading a thread's chain of frames.
//!
//! SIGNAL HANDLER: nothing in this file allocates, locks, panics or touches `errno`, and its time is
//! bounded. No indexing, therefore, but `get` and `take`.

use super::entered::Entered;
use super::scope::BASE_SITE;
use crate::chain::{self, Frame};
use crate::sites::{Site, label_keys};
use crate::values::ValueRef;
use crate::values::bounds::MOST_KEYS;
use crate::values::codec::{Found, read};
use crate::values::set::{self, Entry};

/// How many frames and labels are looked at, before the rest of the chain is left out.
const MOST_STEPS: u32 = 4096;
/// How many frames are remembered as not worth a second look; recursion is rarely through more fns than that.
const MOST_SPENT: usize = 8;

/// See [`super::observe::visit`].
pub(super) fn visit(visit: &mut dyn FnMut(&str, ValueRef<'_>)) -> u32 {
    let head = chain::head_in_handler();
    if head.is_null() {
        return 0;
    }
    let entered = Entered::read();
    let mut walk = Walk {
        entered: &entered,
        met: 0,
        visit,
        seen: [""; MOST_KEYS],
        seen_count: 0,
        spent: [std::ptr::null(); MOST_SPENT],
        spent_count: 0,
        steps: MOST_STEPS,
        missed: [""; MOST_KEYS],
        left_out: 0,
    };
    match walk.chain(head) {
        End::Reached => walk.left_out,
        End::TooFar => walk.left_out + 1,
    }
}

/// See [`super::observe::innermost_site`].
pub(super) fn innermost_site() -> Option<Site> {
    let mut frame = chain::head_in_handler();
    for _ in 0..MOST_STEPS {
        // SAFETY: the chain's invariant: null or alive.
        let this = unsafe { frame.as_ref() }?;
        // SAFETY: as above.
        let site = unsafe { Frame::site(frame) };
        if this.parent.is_null() || std::ptr::eq(site, &raw const BASE_SITE) {
            return None;
        }
        // SAFETY: as above; it is not the root.
        let (found, _) = unsafe { read(Frame::cells(frame)) };
        if matches!(found, Found::Text(_) | Found::Number(_) | Found::Absent) {
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

/// `'f`: until the walk is over, which the frames and their sets outlive.
struct Walk<'f, 'v> {
    entered: &'f Entered,
    /// Which of those entered were met.
    met: u32,
    visit: &'v mut dyn FnMut(&str, ValueRef<'_>),
    seen: [&'f str; MOST_KEYS],
    seen_count: usize,
    /// Sites and sets whose keys have all been seen: what follows further out is shadowed.
    spent: [*const (); MOST_SPENT],
    spent_count: usize,
    steps: u32,
    /// Keys that found no room, as far as there is room to remember those.
    missed: [&'f str; MOST_KEYS],
    left_out: u32,
}

impl<'f> Walk<'f, '_> {
    fn chain(&mut self, mut frame: *const Frame) -> End {
        // SAFETY: the chain's invariant: null or alive.
        while let Some(this) = unsafe { frame.as_ref() } {
            if this.parent.is_null() {
                break;
            }
            // SAFETY: as above.
            let site = unsafe { Frame::site(frame) };
            if !self.entered(Some(frame)) || !self.step() || !self.frame(frame, site) {
                return End::TooFar;
            }
            if std::ptr::eq(site, &raw const BASE_SITE) {
                return End::Reached;
            }
            frame = this.parent;
        }
        // Outside of all frames, or in one that was left before: those are in force too, and where is not known.
        if self.entered(None) { End::Reached } else { End::TooFar }
    }

    /// What was entered by calls while this frame was the innermost. `false`: out of steps.
    fn entered(&mut self, frame: Option<*const Frame>) -> bool {
        while let Some(set) = self.entered.next(&mut self.met, frame) {
            if !self.step() || !self.set(set) {
                return false;
            }
        }
        true
    }

    /// Whether another look is allowed.
    fn step(&mut self) -> bool {
        let allowed = self.steps > 0;
        self.steps = self.steps.saturating_sub(1);
        allowed
    }

    /// `false`: out of steps.
    fn frame(&mut self, frame: *const Frame, site: &'static &'static str) -> bool {
        let id = (&raw const *site).cast();
        // SAFETY: alive, and not the root, where `chain` ends; borrowed text outlives its frame.
        let (first, rest) = unsafe { read(Frame::cells(frame)) };
        match first {
            Found::Set(set) => self.set(set),
            Found::Place(_) | Found::Nothing => true,
            Found::Text(_) | Found::Number(_) | Found::Absent if self.is_spent(id) => true,
            first => self.cells(first, rest, site),
        }
    }

    /// The labels of a site, the first of which has been read.
    fn cells(&mut self, mut found: Found<'_>, mut rest: *const u64, site: &'static &'static str) -> bool {
        let mut all_seen = true;
        let mut keys = label_keys(site);
        let mut next = keys.next();
        while let Some((key, unit)) = next {
            if !self.step() {
                return false;
            }
            match found {
                Found::Text(text) => self.show(key, ValueRef::Text(text)),
                Found::Number(value) => self.show(key, ValueRef::Number { value, unit }),
                // Further out the same fn may have a value.
                Found::Absent | Found::Set(_) | Found::Place(_) | Found::Nothing => all_seen = false,
            }
            next = keys.next();
            if next.is_some() {
                // SAFETY: there is a cell for each key of the site; borrowed text outlives its frame, which is alive.
                (found, rest) = unsafe { read(rest) };
            }
        }
        if all_seen {
            self.spend((&raw const *site).cast());
        }
        true
    }

    fn set(&mut self, set: &'f [Entry]) -> bool {
        let id = set.as_ptr().cast();
        if self.is_spent(id) {
            return true;
        }
        for (key, value) in set::visit(set) {
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
    fn show(&mut self, key: &'f str, value: ValueRef<'_>) {
        if self.seen.iter().take(self.seen_count).any(|seen| *seen == key) {
            return;
        }
        let Some(slot) = self.seen.get_mut(self.seen_count) else { return self.miss(key) };
        *slot = key;
        self.seen_count += 1;
        (self.visit)(key, value);
    }

    /// Each key counts once, however many scopes have it.
    fn miss(&mut self, key: &'f str) {
        let count = usize::try_from(self.left_out).unwrap_or(MOST_KEYS);
        if self.missed.iter().take(count).any(|missed| *missed == key) {
            return;
        }
        if let Some(slot) = self.missed.get_mut(count) {
            *slot = key;
        }
        self.left_out += 1;
    }
}
