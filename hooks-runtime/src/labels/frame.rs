//! The chain of frames that holds a thread's labels.
//!
//! Invariant: from `HEAD`, following `parent`, every frame is fully written and alive. A frame is written first and
//! linked then, and unlinked before it ends; the compiler may not move these past each other (`compiler_fence`), and
//! the only other reader is a signal handler on the same thread. So the chain is whole at every instruction.

use super::cell::{Found, read};
use super::interned;
use super::value::ValueRef;
use crate::sites::label_keys;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

/// The head of a frame; its cells follow it.
#[repr(C, align(8))]
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) parent: *const Frame,
    /// The text of the site, or one of the marks below.
    pub(super) site: &'static &'static str,
}

/// The end of every chain.
static ROOT: Frame = Frame { parent: std::ptr::null(), site: &ROOT_SITE };
static ROOT_SITE: &str = "root";
/// Marks a frame that holds one interned set.
pub(super) static SET_SITE: &str = "set";
/// The same, and what is outside it is out of sight: the labels a task or thread was started with.
pub(super) static BASE_SITE: &str = "base";

// SAFETY: only ROOT is shared between threads, and it is never written.
unsafe impl Sync for Frame {}

thread_local! {
    /// The innermost frame; null until the thread's first scope. `const` and without a destructor: readable in a
    /// signal handler and while the thread ends.
    static HEAD: AtomicPtr<Frame> = const { AtomicPtr::new(std::ptr::null_mut()) };
}

/// The innermost frame, as the parent of a new one.
#[inline]
pub(super) fn innermost() -> *const Frame {
    let head = HEAD.with(|head| head.load(Relaxed));
    if head.is_null() { first_scope() } else { head }
}

#[cold]
fn first_scope() -> *const Frame {
    link(&raw const ROOT);
    super::observe::run_thread_hook();
    &raw const ROOT
}

/// Says that this thread's first scope has been, or is just starting.
pub(super) fn touch() {
    innermost();
}

/// Makes `frame` the innermost.
#[inline]
pub(super) fn link(frame: *const Frame) {
    compiler_fence(SeqCst);
    HEAD.with(|head| head.store(frame.cast_mut(), Relaxed));
    compiler_fence(SeqCst);
}

/// Deeper chains are cut, so that a handler's time is bounded.
const MOST_FRAMES: u32 = 4096;
/// More keys than this are not shown.
const MOST_KEYS: usize = 32;

/// See [`super::observe::visit`].
pub(super) fn visit(visit: &mut dyn FnMut(&str, ValueRef<'_>)) -> u32 {
    let mut walk = Walk { visit, seen: [""; MOST_KEYS], count: 0, left_out: 0 };
    let mut frame: *const Frame = HEAD.with(|head| head.load(Relaxed));
    let mut previous: Option<&'static &'static str> = None;
    for _ in 0..MOST_FRAMES {
        // SAFETY: the chain's invariant: null or alive.
        let Some(this) = (unsafe { frame.as_ref() }) else { return walk.left_out };
        // A recursive fn has nothing new to say.
        let repeated = previous.is_some_and(|site| std::ptr::eq(site, this.site));
        if std::ptr::eq(this.site, &raw const ROOT_SITE) {
            return walk.left_out;
        }
        if std::ptr::eq(this.site, &raw const SET_SITE) {
            walk.set(frame);
        } else if std::ptr::eq(this.site, &raw const BASE_SITE) {
            walk.set(frame);
            return walk.left_out;
        } else if !repeated {
            walk.cells(frame, this.site);
        }
        previous = Some(this.site);
        frame = this.parent;
    }
    walk.left_out + 1
}

struct Walk<'v, 'k> {
    visit: &'v mut dyn FnMut(&str, ValueRef<'_>),
    seen: [&'k str; MOST_KEYS],
    count: usize,
    left_out: u32,
}

impl<'k> Walk<'_, 'k> {
    fn cells(&mut self, frame: *const Frame, site: &'static str) {
        // SAFETY: the cells follow the frame, one for each key of its site (`Scope` is `repr(C)`).
        let mut cell = unsafe { frame.add(1) }.cast::<u64>();
        for (key, unit) in label_keys(site) {
            // SAFETY: as above; borrowed text outlives its frame, and the frame is alive while it is linked.
            let (found, next) = unsafe { read(cell) };
            cell = next;
            match found {
                Found::Text(text) => self.show(key, ValueRef::Text(super::cell::cut(text))),
                Found::Number(value) => self.show(key, ValueRef::Number { value, unit }),
                Found::Absent | Found::Set(_) => {}
            }
        }
    }

    fn set(&mut self, frame: *const Frame) {
        // SAFETY: a frame with one of the two marks is followed by one `Set`.
        if let (Found::Set(set), _) = unsafe { read(frame.add(1).cast()) } {
            self.interned(set);
        }
    }

    fn interned(&mut self, set: &'static interned::Set) {
        for (key, value) in set.iter() {
            self.show(key, value);
        }
    }

    /// The innermost value of a key is met first.
    fn show(&mut self, key: &'k str, value: ValueRef<'_>) {
        if self.seen[..self.count].contains(&key) {
            return;
        }
        let Some(slot) = self.seen.get_mut(self.count) else {
            self.left_out += 1;
            return;
        };
        *slot = key;
        self.count += 1;
        (self.visit)(key, value);
    }
}
