//! To take callers allocates nothing. A program of its own: it counts what its allocator is asked for.
#![cfg(all(feature = "capture", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

use hooks_service::capture::{self, Callers, Extent};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: as the system's allocator, to which all is passed on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: as ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as ours.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn deep(levels: u32) -> Callers {
    let callers = if levels == 0 { Callers::here() } else { deep(levels - 1) };
    black_box(callers)
}

#[test]
fn callers_are_taken_without_an_allocation_also_first_on_a_thread() {
    capture::prepare().unwrap();
    let take = || {
        let before = ASKED.get();
        let callers = [deep(0), deep(10), deep(60)];
        let labelled = Callers::here_with_labels();
        let asked = ASKED.get() - before;
        assert_eq!(asked, 0);
        assert!(callers[2].extent() == Extent::Cut && callers[1].addresses().len() > 10);
        assert_eq!(labelled.callers().extent(), Extent::Whole);
        assert!(!callers[0].frames().is_empty() && ASKED.get() > before, "it counts");
    };
    take();
    std::thread::spawn(take).join().unwrap();
}
