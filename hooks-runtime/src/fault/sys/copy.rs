//! Copies from and to memory that may fault.

use super::machine;
use super::routine::{Copy, Load, Outcome};
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering, fence};

/// The routines of assembly, by address: a Rust `dylib` exports this and not their symbols, and what is inlined into its
/// users calls them.
pub(in crate::fault) struct Routines {
    /// A [`Copy`](type@Copy).
    pub(super) short_read: AtomicPtr<()>,
    pub(in crate::fault) load_4: Load,
    pub(in crate::fault) load_8: Load,
    /// Whether there ever were zeros in the place of something. Here, so that a copy looks at one place.
    pub(super) lost_any: AtomicBool,
}

pub(in crate::fault) static ROUTINES: Routines = Routines {
    short_read: AtomicPtr::new(machine::read as *mut ()),
    load_4: machine::load_4,
    load_8: machine::load_8,
    lost_any: AtomicBool::new(false),
};

impl Routines {
    /// What reads up to [`SHORT`] bytes fastest.
    #[inline]
    pub(in crate::fault) fn short_read(&self) -> Copy {
        // SAFETY: nothing but a `Copy` is stored.
        unsafe { std::mem::transmute::<*mut (), Copy>(self.short_read.load(Ordering::Relaxed)) }
    }
}

/// Whether what was just copied from a map may be zeros in the place of something.
#[inline]
pub(in crate::fault) fn lost_any() -> bool {
    // After the copy.
    fence(Ordering::Acquire);
    ROUTINES.lost_any.load(Ordering::Relaxed)
}

pub(in crate::fault) const SHORT: usize = 128;

/// Copies from memory that may fault.
///
/// # Safety
/// `to` is valid for writes of `length` bytes; `from` is of a range that the program registered.
pub(in crate::fault) unsafe fn read(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { machine::read_any(to, from, length) }
}

/// Copies to memory that may fault.
///
/// # Safety
/// `from` is valid for reads of `length` bytes; `to` is of a range that the program registered, and nobody has a Rust
/// reference to it.
pub(in crate::fault) unsafe fn write(to: *mut u8, from: *const u8, length: usize) -> Outcome {
    // SAFETY: the caller's.
    unsafe { machine::write_any(to, from, length) }
}
