//! In place of the walk where there is none.

use super::error::{Error, Extent};

#[inline]
pub(super) fn stay() {}

/// Never made: there is nothing to walk from.
pub(super) struct Start;

impl Start {
    #[inline]
    pub(super) fn here() -> Self {
        Self
    }

    pub(super) fn walk(&self, _skip: usize, _into: &mut [usize]) -> Walk {
        Walk { count: 0, extent: Extent::Unsupported, edition: 0 }
    }
}

pub(super) struct Walk {
    pub(super) count: usize,
    pub(super) extent: Extent,
    pub(super) edition: u64,
}

pub(super) fn prepare() -> Result<(), Error> {
    Err(Error::Unsupported)
}
