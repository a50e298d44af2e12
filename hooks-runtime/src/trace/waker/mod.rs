//! The waker that a recorded task gives to what it waits for: it says who wakes the task, forwards to the executor's, and knows
//! when nobody is left who could.
//!
//! A task has one [`Node`], from its first recorded poll on. Who may wake it *holds* the node: each clone of its waker and, during
//! a poll, the task itself. While nobody does, the node has no waker of the executor's, unless the task was woken and is about
//! to be polled: else a task would keep itself alive where an executor gives up what nobody can wake.
//!
//! # Invariant
//! `target` is there while there is a holder or it is kept, and changes only while there is no holder. Only a task that is about
//! to be polled makes the first holder, so a task that finds none has the node to itself. The node is there while it has a holder
//! or is owned.

// In: the executor's waker, before each poll of a task.
// Out: one in its place; records of who wakes the task, and of a task that nobody can wake.

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

use super::record::Kind;
use super::{switch, writer};
use crate::shared::{AtomicU64, Ordering};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// In the state: how many hold the node,
const HOLDERS: u64 = (1 << 32) - 1;
/// and: the task is there, and waits with this node.
const OWNED: u64 = 1 << 32;
/// It was woken since its poll began,
const WOKEN: u64 = 1 << 33;
/// and again.
const AGAIN: u64 = 1 << 34;
/// Nobody could wake it, which was told.
const LEAKED: u64 = 1 << 37;
/// Nobody holds the node, and the executor's waker is there for the next poll.
const KEPT: u64 = 1 << 38;
/// It is polled though nobody wakes it, or by others than this node knows: nothing follows from there being no holder.
const UNSURE: u64 = 1 << 35;
/// The same, until it is woken by this node: before, it was polled without it.
const UNPROVEN: u64 = 1 << 36;

struct Node {
    id: u64,
    state: AtomicU64,
    /// The state of the switch when it was told to be leaked.
    leaked_in: AtomicU64,
    target: Target,
}

/// The executor's waker.
struct Target {
    waker: std::cell::UnsafeCell<MaybeUninit<Waker>>,
    /// In models: who reads or changes it, in which order.
    #[cfg(all(test, loom))]
    seen: loom::cell::UnsafeCell<()>,
}

impl Target {
    fn none() -> Self {
        Target {
            waker: std::cell::UnsafeCell::new(MaybeUninit::uninit()),
            #[cfg(all(test, loom))]
            seen: loom::cell::UnsafeCell::new(()),
        }
    }

    /// # Safety
    /// Nobody holds the node, and the caller owns it.
    unsafe fn set(&self, waker: Waker) {
        #[cfg(all(test, loom))]
        self.seen.with_mut(|_| ());
        // SAFETY: by the contract of this function nobody else refers to it.
        unsafe { (*self.waker.get()).write(waker) };
    }

    /// Says which one was there instead.
    ///
    /// # Safety
    /// As for [`set`](Self::set); if `is_there`, there is one.
    unsafe fn become_of(&self, waker: &Waker, is_there: bool) -> Option<Waker> {
        // SAFETY: it is there, and nobody changes it.
        if is_there && unsafe { self.get() }.will_wake(waker) {
            return None;
        }
        let waker = waker.clone();
        // SAFETY: it is there, and is overwritten.
        let before = is_there.then(|| unsafe { self.copy().assume_init() });
        // SAFETY: by the contract of this function.
        unsafe { self.set(waker) };
        before
    }

    /// # Safety
    /// The caller holds the node, or owns it and nobody holds it, for as long as it uses the result. It is there.
    unsafe fn get(&self) -> &Waker {
        #[cfg(all(test, loom))]
        self.seen.with(|_| ());
        // SAFETY: it is there and does not change while there is a holder.
        unsafe { (*self.waker.get()).assume_init_ref() }
    }

    /// Another one like it. Only one may be used once it is not there any more.
    ///
    /// # Safety
    /// As for [`get`](Self::get).
    unsafe fn copy(&self) -> MaybeUninit<Waker> {
        #[cfg(all(test, loom))]
        self.seen.with(|_| ());
        // SAFETY: it does not change while there is a holder; a copy that may be none of its own is `MaybeUninit`.
        unsafe { std::ptr::read(self.waker.get()) }
    }
}

/// What a task has of its node.
pub(super) struct Wakes(Option<NonNull<Node>>);

// SAFETY: a node is counted by an atomic, and has a number and a `Waker`, which is `Send` and `Sync`.
unsafe impl Send for Wakes {}
// SAFETY: as above; nothing is done through a shared reference.
unsafe impl Sync for Wakes {}

// As a `Waker` is: nothing is left half done.
impl UnwindSafe for Wakes {}
impl RefUnwindSafe for Wakes {}

/// A waker that is lent to a poll.
pub(super) struct Lent {
    pub(super) waker: ManuallyDrop<Waker>,
    /// It was told that nobody could wake the task, and yet it is polled: the state of the switch at that time. 0: it was not.
    pub(super) leaked_in: u64,
}

impl Wakes {
    /// The task has not been polled while a recorder ran.
    pub(super) const NONE: Self = Wakes(None);

    #[inline]
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// For a poll of the task with this number by an executor with this waker. The poll is over with
    /// [`pending`](Self::pending) or [`end`](Self::end), before which this is not called again. `was_there`: it may have been
    /// polled with that waker itself.
    pub(super) fn lend(&mut self, id: u64, was_there: bool, waker: &Waker) -> Lent {
        let Some(node) = self.0 else {
            return self.lend_new(id, if was_there { UNPROVEN } else { 0 }, waker);
        };
        // SAFETY: owned, and not held by this task.
        if let Some(leaked_in) = unsafe { node.as_ref().lend(waker) } {
            return Lent { waker: ManuallyDrop::new(waker_of(node)), leaked_in };
        }
        // Those who hold the other executor's waker wake that one, as they would if this were not here.
        self.end(false);
        self.lend_new(id, UNSURE, waker)
    }

    fn lend_new(&mut self, id: u64, flags: u64, waker: &Waker) -> Lent {
        let target = Target::none();
        // SAFETY: nobody else knows of it.
        unsafe { target.set(waker.clone()) };
        let state = AtomicU64::new((OWNED | flags) + 1);
        let node =
            NonNull::from(Box::leak(Box::new(Node { id, state, leaked_in: AtomicU64::new(0), target })));
        self.0 = Some(node);
        Lent { waker: ManuallyDrop::new(waker_of(node)), leaked_in: 0 }
    }

    /// The poll has left the task pending.
    #[inline]
    pub(super) fn pending(&mut self) {
        if let Some(node) = self.0 {
            // SAFETY: the task holds its node during a poll, and not any more.
            unsafe { release(node, Release { holders: 1, woken: false, disowned: false, owns: true }) };
        }
    }

    /// The task is over, or begins to be dropped: from here on wakers forward, and that is all. `is_lent`: in a poll.
    pub(super) fn end(&mut self, is_lent: bool) {
        if let Some(node) = self.0.take() {
            let holders = u64::from(is_lent);
            // SAFETY: owned until here, and held if it was lent.
            unsafe { release(node, Release { holders, woken: false, disowned: true, owns: true }) };
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        self.end(false);
    }
}

impl Node {
    /// One holder more: the task that owns it. Says in which state of the switch it was told to be leaked, 0 if it was not;
    /// `None`: others hold the waker of another executor.
    ///
    /// # Safety
    /// By its owner, which does not hold it.
    unsafe fn lend(&self, waker: &Waker) -> Option<u64> {
        let mut state = self.state.load(Ordering::Acquire);
        while state & HOLDERS != 0 {
            let next = polled(state) + 1;
            match self.state.compare_exchange_weak(state, next, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => return self.is_of(waker).then_some(0),
                Err(changed) => state = changed,
            }
        }
        // SAFETY: nobody holds it, the caller owns it, and it says whether a waker is there.
        let before = unsafe { self.target.become_of(waker, state & KEPT != 0) };
        self.state.store(polled(state) + 1, Ordering::Relaxed);
        drop(before);
        Some(if state & LEAKED != 0 { self.leaked_in.load(Ordering::Relaxed) } else { 0 })
    }

    /// Whether this is the waker that it forwards to. Its owner holds it, and if not then no more.
    fn is_of(&self, waker: &Waker) -> bool {
        // SAFETY: held.
        let is_same = unsafe { self.target.get() }.will_wake(waker);
        if !is_same {
            // So that nothing follows from it.
            self.state.fetch_or(UNSURE, Ordering::Relaxed);
            let how = Release { holders: 1, woken: false, disowned: false, owns: false };
            // SAFETY: held until here, and owned.
            unsafe { release(NonNull::from(self), how) };
        }
        is_same
    }

    fn record_woken(&self) {
        if self.state.load(Ordering::Relaxed) & OWNED != 0 {
            writer::record(Kind::Woken, self.id);
        }
    }
}

/// What becomes of a state where a poll begins.
///
/// What it was woken for is done with, but for what came after the executor had made up its mind, and will make it poll once
/// more. Of two wakes the second may have, of one not: that is what made it.
fn polled(state: u64) -> u64 {
    let woken = if state & AGAIN != 0 { WOKEN } else { 0 };
    let proven = if state & WOKEN != 0 { UNPROVEN } else { 0 };
    let unsure = if state & LEAKED != 0 { UNSURE } else { 0 };
    state & !(WOKEN | AGAIN | LEAKED | KEPT | proven) | woken | unsure
}

fn woken(state: u64) -> u64 {
    state | if state & WOKEN != 0 { AGAIN } else { WOKEN }
}

/// What becomes of it where a holder goes.
#[derive(Clone, Copy)]
struct Release {
    /// Fewer holders.
    holders: u64,
    /// It has woken the task.
    woken: bool,
    /// The owner goes.
    disowned: bool,
    /// By the owner: if nobody else holds the node, nobody else refers to it.
    owns: bool,
}

impl Release {
    fn after(self, state: u64) -> u64 {
        let state = if self.woken { woken(state) } else { state };
        let next = (state - self.holders) & if self.disowned { !(OWNED | KEPT) } else { !0 };
        let is_leaked = next & (HOLDERS | OWNED | WOKEN | AGAIN | UNSURE | UNPROVEN) == OWNED;
        let is_kept = next & (HOLDERS | OWNED | WOKEN) == OWNED | WOKEN;
        next | if is_leaked { LEAKED } else { 0 } | if is_kept { KEPT } else { 0 }
    }
}

/// # Safety
/// The caller is as many holders as it says, and the owner if it says so, which it is no more as far as that is cleared.
unsafe fn release(node: NonNull<Node>, how: Release) {
    // SAFETY: it is there while it is owned or has a holder, and one of it is what the caller is.
    let this = unsafe { node.as_ref() };
    let id = this.id;
    let mut state = this.state.load(Ordering::Acquire);
    loop {
        let next = how.after(state);
        let is_leaked = next & !state & LEAKED != 0;
        let leaked_in = if is_leaked { switch::state() } else { 0 };
        if is_leaked {
            this.leaked_in.store(leaked_in, Ordering::Relaxed);
        }
        let has_target = |state| state & (HOLDERS | KEPT) != 0;
        let is_last = has_target(state) && !has_target(next);
        // SAFETY: it is there, and the caller holds it, or owns it and nobody does. Used only once that was the last.
        let target = is_last.then(|| unsafe { this.target.copy() });
        let is_alone = how.owns && state & HOLDERS == how.holders;
        let is_done = if is_alone {
            // Nobody can clone what nobody has.
            this.state.store(next, Ordering::Relaxed);
            Ok(state)
        } else {
            this.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire)
        };
        match is_done {
            Ok(_) => {
                let leaked = is_leaked.then_some((id, leaked_in));
                // SAFETY: what the caller was is given up, and the node is not touched again.
                return unsafe { released(node, next, leaked, target) };
            }
            Err(changed) => state = changed,
        }
    }
}

/// # Safety
/// The state of the node became `next` by the caller, who has nothing of it any more; `target` was there, and is not.
unsafe fn released(
    node: NonNull<Node>,
    next: u64,
    leaked: Option<(u64, u64)>,
    target: Option<MaybeUninit<Waker>>,
) {
    if next & (HOLDERS | OWNED) == 0 {
        // SAFETY: a `Box` was leaked for it; nobody owns or holds it, and nobody will.
        drop(unsafe { Box::from_raw(node.as_ptr()) });
    }
    if let Some((id, state)) = leaked {
        writer::record(Kind::Leaked, id);
        writer::count_leaked(state);
    }
    // Last, since the executor may drop the task with it.
    if let Some(target) = target {
        // SAFETY: the last holder was released, so this is the only copy.
        drop(unsafe { target.assume_init() });
    }
}

/// One place for all: wakers are equal by its address too.
static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, release_waker);

/// Takes the place of a holder that is there, which is not released for it.
fn waker_of(node: NonNull<Node>) -> Waker {
    // SAFETY: the functions are those of a waker, with a node that is held as long as it is there.
    unsafe { Waker::from_raw(RawWaker::new(node.as_ptr().cast_const().cast(), &WAKER)) }
}

/// # Safety
/// As for the others: `data` is a node that the waker holds.
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: held.
    let before = unsafe { &*data.cast::<Node>() }.state.fetch_add(1, Ordering::Relaxed);
    // As of an `Arc`: that many can only be there if they are forgotten.
    if before & HOLDERS > HOLDERS / 2 {
        std::process::abort();
    }
    RawWaker::new(data, &WAKER)
}

unsafe fn wake(data: *const ()) {
    // Also if the executor's waker panics.
    let holder = Holder { data, woken: true };
    // SAFETY: held until `holder` is dropped.
    let node = unsafe { &*data.cast::<Node>() };
    node.record_woken();
    // By reference: who took it along would wake the task after there is no holder, so that it would seem leaked.
    //
    // SAFETY: held.
    unsafe { node.target.get() }.wake_by_ref();
    drop(holder);
}

unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: held, by who calls this.
    let node = unsafe { &*data.cast::<Node>() };
    node.record_woken();
    // SAFETY: held.
    unsafe { node.target.get() }.wake_by_ref();
    // Afterwards: a poll that began before it was woken has not heard of it.
    if node.state.fetch_or(WOKEN, Ordering::Relaxed) & WOKEN != 0 {
        node.state.fetch_or(AGAIN, Ordering::Relaxed);
    }
}

unsafe fn release_waker(data: *const ()) {
    drop(Holder { data, woken: false });
}

struct Holder {
    data: *const (),
    woken: bool,
}

impl Drop for Holder {
    fn drop(&mut self) {
        let node = NonNull::new(self.data.cast_mut().cast());
        let how = Release { holders: 1, woken: self.woken, disowned: false, owns: false };
        // SAFETY: the waker held it, and is gone. It is not null.
        unsafe { release(node.unwrap_unchecked(), how) };
    }
}
