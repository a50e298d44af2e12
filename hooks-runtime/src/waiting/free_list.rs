//! Numbers of entries that are free: stacks without locks, a few of them so that threads do not meet.

use super::node::Node;
use crate::shared::{AtomicU64, Ordering, shared};
use std::cell::Cell;
use std::sync::atomic::AtomicU32;

/// In models one, so that threads do meet.
const SHARDS: u32 = if cfg!(all(test, loom)) { 1 } else { 16 };

/// The top of a stack, and above it how often the stack was changed: a top that comes back is not taken for the same.
#[repr(align(64))]
struct Shard(AtomicU64);

shared! {
    static STACKS: [Shard; SHARDS as usize] = each(Shard(AtomicU64::new(0)));
}

thread_local! {
    /// The stack of this thread plus one; 0: none yet.
    static OWN: Cell<u32> = const { Cell::new(0) };
}

fn own() -> usize {
    // Not a part of the models: any stack will do.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    OWN.with(|own| {
        if own.get() == 0 {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS + 1);
        }
        own.get() as usize - 1
    })
}

/// Gives a number back.
pub(super) fn push(nodes: &[Node], number: u32) {
    let stack = &STACKS[own()].0;
    let mut top = stack.load(Ordering::Relaxed);
    loop {
        nodes[number as usize].next.store(low(top), Ordering::Relaxed);
        // Release: who takes the number sees the entry as it was left.
        match stack.compare_exchange_weak(top, changed(top, number), Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => top = now,
        }
    }
}

/// A number from this thread's stack.
pub(super) fn pop_own(nodes: &[Node]) -> Option<u32> {
    pop(nodes, &STACKS[own()].0)
}

/// A number from any stack.
pub(super) fn pop_any(nodes: &[Node]) -> Option<u32> {
    STACKS.iter().find_map(|stack| pop(nodes, &stack.0))
}

fn pop(nodes: &[Node], stack: &AtomicU64) -> Option<u32> {
    let mut top = stack.load(Ordering::Acquire);
    while low(top) != 0 {
        let number = low(top);
        // It may be taken by another thread and changed meanwhile; then so is the top.
        let next = nodes[number as usize].next.load(Ordering::Relaxed);
        match stack.compare_exchange_weak(top, changed(top, next), Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => return Some(number),
            Err(now) => top = now,
        }
    }
    None
}

fn low(top: u64) -> u32 {
    u32::try_from(top & u64::from(u32::MAX)).unwrap_or(0)
}

fn changed(top: u64, number: u32) -> u64 {
    ((top >> 32) + 1) << 32 | u64::from(number)
}
