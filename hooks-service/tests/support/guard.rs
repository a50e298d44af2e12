//! An allocator that ends the process when the profiler's signal handler calls it.

use hooks_service::profile::in_handler;
use std::alloc::{GlobalAlloc, Layout, System};

struct Guard;

#[global_allocator]
static GUARD: Guard = Guard;

fn check() {
    if in_handler() {
        std::process::abort();
    }
}

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Guard {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        check();
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
