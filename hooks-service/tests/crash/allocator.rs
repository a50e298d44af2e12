//! An allocator with a lock, which can be made to crash while it is held: a report that allocates then waits for ever.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

struct Locked;

static HELD: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CRASH: Cell<bool> = const { Cell::new(false) };
}

#[global_allocator]
static ALLOCATOR: Locked = Locked;

// SAFETY: the system's allocator, behind a lock.
unsafe impl GlobalAlloc for Locked {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        while HELD.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
        if CRASH.get() {
            super::ways::null();
        }
        // SAFETY: the caller's promise.
        let memory = unsafe { System.alloc(layout) };
        HELD.store(false, Ordering::Release);
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) };
    }
}

/// Dies inside of the allocator, with its lock held.
pub(crate) fn crash_inside() {
    CRASH.set(true);
    std::hint::black_box(Box::new(1));
}
