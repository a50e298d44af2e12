//! The name of a lease, as C can hold it: an index and a generation in the bits of a `*mut c_void`.
//!
//! It points nowhere on purpose. A pointer that was released already could not be looked at; a number can be looked up.

use std::ffi::c_void;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Handle {
    pub(super) index: usize,
    /// From 1, so that no handle is a null pointer.
    pub(super) generation: usize,
}

const HALF: u32 = usize::BITS / 2;

/// What index and generation go up to.
pub(super) const MOST: usize = (1 << HALF) - 1;

impl Handle {
    pub(super) fn into_raw(self) -> *mut c_void {
        std::ptr::without_provenance_mut(self.generation << HALF | self.index)
    }

    pub(super) fn from_raw(raw: *mut c_void) -> Self {
        let bits = raw.addr();
        Handle { index: bits & MOST, generation: bits >> HALF }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_survives_c() {
        for (index, generation) in [(0, 1), (MOST, MOST), (7, 9)] {
            let raw = Handle { index, generation }.into_raw();
            let back = Handle::from_raw(raw);
            assert_eq!((back.index, back.generation), (index, generation));
            assert!(!raw.is_null());
        }
    }
}
