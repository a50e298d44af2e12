//! The table of futures that wait.

use super::free_list;
use super::node::{Node, RUNNING};
use crate::shared::{AtomicPtr, AtomicU32, Ordering, shared};
use crate::values::codec::Values;
#[cfg(not(all(test, loom)))]
use std::alloc::{Layout, alloc_zeroed};

/// A future that found no room: it is counted, and not tried again.
pub(crate) const LEFT_OUT: u32 = MOST + 1;
/// Most entries that a table may have: numbers have 24 bits.
pub(crate) const MOST: u32 = (1 << 24) - 2;

shared! {
    /// The clock, in tenths of a second from 1 on; 0: nobody has asked for tasks. What a poll looks at, and all it does then.
    static TICK: AtomicU32 = AtomicU32::new(0);
    /// The table, null until somebody asks, and never freed. The entry 0 is not used.
    static NODES: AtomicPtr<Node> = AtomicPtr::new(std::ptr::null_mut());
    /// Entries of the table, the unused one among them. Written before [`NODES`].
    static CAPACITY: AtomicU32 = AtomicU32::new(0);
    /// The first entry that was never used.
    static HIGH: AtomicU32 = AtomicU32::new(1);
    /// How many futures that wait, or have waited, are not in the table.
    static MISSING: AtomicU32 = AtomicU32::new(0);
}

/// The time; 0: nothing is kept.
#[inline]
pub(crate) fn tick() -> u32 {
    TICK.load(Ordering::Relaxed)
}

/// The clock has advanced.
pub(crate) fn advance() {
    // At the end of its range, after 13 years, it stands still.
    let next = |tick: u32| (tick != 0 && tick < RUNNING - 1).then(|| tick + 1);
    let _ = TICK.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
}

/// Makes a table of `capacity` entries and starts the clock. `false`: there is a table already, or no memory for one.
pub(crate) fn start(capacity: u32) -> bool {
    let capacity = capacity.clamp(1, MOST) + 1;
    if CAPACITY.compare_exchange(0, capacity, Ordering::AcqRel, Ordering::Relaxed).is_err() {
        return false;
    }
    let Some(nodes) = zeroed(capacity as usize) else {
        CAPACITY.store(0, Ordering::Release);
        return false;
    };
    // Release: who sees the table sees its capacity.
    NODES.store(nodes, Ordering::Release);
    TICK.store(1, Ordering::Release);
    true
}

/// loom's atomics are not zeroes.
#[cfg(all(test, loom))]
#[expect(clippy::unnecessary_wraps, reason = "as where memory may be refused")]
fn zeroed(capacity: usize) -> Option<*mut Node> {
    let nodes: Box<[Node]> = (0..capacity).map(|_| Node::default()).collect();
    Some(Box::leak(nodes).as_mut_ptr())
}

/// Memory for the table, which the kernel gives page by page as it is used. `None`: there is none.
#[cfg(not(all(test, loom)))]
fn zeroed(capacity: usize) -> Option<*mut Node> {
    // Aligned here: asked for so much alignment, allocators clear the memory themselves, and all of it is used at once.
    let size = (capacity + 1).checked_mul(size_of::<Node>())?;
    let layout = Layout::from_size_align(size, 16).ok()?;
    // SAFETY: the size is not zero.
    let memory = unsafe { alloc_zeroed(layout) };
    // One entry more than there are: the first may begin where it is aligned.
    (!memory.is_null())
        .then(|| memory.map_addr(|address| address.next_multiple_of(align_of::<Node>())).cast())
}

/// The table; empty before there is one.
#[inline]
pub(crate) fn nodes() -> &'static [Node] {
    let nodes = NODES.load(Ordering::Acquire);
    if nodes.is_null() {
        return &[];
    }
    let capacity = CAPACITY.load(Ordering::Relaxed) as usize;
    #[cfg(all(test, loom))]
    assert_ne!(capacity, 0, "the table is seen, and what was written before it is not");
    // SAFETY: made by `start` with this many entries, all zeroes, which are free nodes; never freed.
    unsafe { std::slice::from_raw_parts(nodes, capacity) }
}

/// The entries that were ever used, as far as the table goes.
pub(crate) fn high() -> u32 {
    HIGH.load(Ordering::Relaxed).min(CAPACITY.load(Ordering::Relaxed))
}

pub(crate) fn capacity() -> u32 {
    CAPACITY.load(Ordering::Relaxed)
}

pub(crate) fn missing() -> u32 {
    MISSING.load(Ordering::Relaxed)
}

/// An entry for a future that is being polled. [`LEFT_OUT`]: there is no room. 0: there is no table yet.
pub(crate) fn add(site: &'static &'static str, values: &Values<'_>) -> u32 {
    let nodes = nodes();
    // The clock is read without waiting for what was written before it, and may be seen to go before the table is.
    if nodes.is_empty() {
        return 0;
    }
    let Some(number) = free_list::pop_own(nodes).or_else(fresh).or_else(|| free_list::pop_any(nodes)) else {
        MISSING.fetch_add(1, Ordering::Relaxed);
        return LEFT_OUT;
    };
    nodes[number as usize].begin(site, values, RUNNING, tick());
    number
}

/// An entry that was never used.
fn fresh() -> Option<u32> {
    let capacity = CAPACITY.load(Ordering::Relaxed);
    let next = |high: u32| (high < capacity).then(|| high + 1);
    HIGH.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()
}

/// The future is gone.
pub(crate) fn remove(number: u32) {
    let nodes = nodes();
    match nodes.get(number as usize) {
        Some(node) if number != 0 && number != LEFT_OUT => {
            node.end();
            free_list::push(nodes, number);
        }
        _ => drop(MISSING.fetch_sub(1, Ordering::Relaxed)),
    }
}

/// The entry with a number that [`add`] gave; `None`: it gave none.
#[inline]
fn entry(number: u32) -> Option<&'static Node> {
    if number == 0 || number == LEFT_OUT {
        return None;
    }
    // SAFETY: `add` saw the table, which is never freed, and gives numbers within it. Whoever has the number from another thread
    // has the future from it, and sees what that saw.
    Some(unsafe { &*NODES.load(Ordering::Relaxed).add(number as usize) })
}

/// The future is polled by the future `parent`, 0: by none. Both have their number from [`add`].
#[inline]
pub(crate) fn set_parent(number: u32, parent: u32) {
    if let Some(node) = entry(number) {
        node.set_parent(entry(parent).map_or(0, |node| node.reference(parent)));
    }
}

/// The future waits since now; `parent` as above.
#[inline]
pub(crate) fn waits(number: u32, parent: u32, now: u32) {
    if let Some(node) = entry(number) {
        node.set_since(now);
        set_parent(number, parent);
    }
}

/// The future is being polled.
#[inline]
pub(crate) fn runs(number: u32) {
    if let Some(node) = entry(number) {
        node.set_since(RUNNING);
    }
}
