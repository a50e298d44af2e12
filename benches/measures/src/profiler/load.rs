//! Work to be profiled.

use crate::measure::thread_time;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

/// Computes for about a tenth of a millisecond without a call.
#[inline]
fn spin() -> u64 {
    let mut sum = 0_u64;
    for n in 0..black_box(40_000_u64) {
        sum = sum.wrapping_mul(31).wrapping_add(n);
    }
    black_box(sum)
}

/// Repeats `work` until the calling thread has taken this much processor time. Returns what it took exactly.
#[inline]
pub(super) fn repeat(time: Duration, mut work: impl FnMut()) -> Duration {
    let start = thread_time();
    while thread_time() < start + time {
        work();
    }
    thread_time().saturating_sub(start)
}

/// Takes this much processor time on the calling thread.
#[inline(never)]
pub(super) fn burn(time: Duration) -> Duration {
    repeat(time, || _ = spin())
}

/// Most of the time in `malloc`, `free`, `memcpy` and what formats.
#[inline(never)]
pub(super) fn works_in_libc() -> usize {
    let mut map = HashMap::new();
    for n in 0..400_u32 {
        map.insert(format!("key {n}"), vec![0_u8; 512 + n as usize]);
    }
    let copies: Vec<_> = map.values().cloned().collect();
    black_box(copies.iter().map(Vec::len).sum())
}

/// Other functions than the rest of the load, for a profile with new addresses.
#[inline(never)]
pub(super) fn works_elsewhere() -> usize {
    let mut words: Vec<String> =
        (0..2000_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect();
    words.sort();
    let numbers = words.iter().filter_map(|word| u64::from_str_radix(word, 16).ok());
    let set: std::collections::BTreeSet<u64> = numbers.collect();
    black_box(set.len() + words.concat().len())
}

/// Keeps this many processors busy until the process is killed.
pub(super) fn spin_for_ever(threads: u32) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| burn(Duration::MAX / 4));
        }
    });
}
