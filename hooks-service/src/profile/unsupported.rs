//! In place of the sampler where there is none.

use super::{Clock, Error, Profile};

/// Never exists.
pub(super) enum Sampler {}

impl Sampler {
    pub(super) fn start(_clock: Clock, _hz: u32) -> Result<Self, Error> {
        Err(Error::Unsupported)
    }

    pub(super) fn snapshot(&self) -> Result<Profile, Error> {
        match *self {}
    }

    pub(super) fn stop(self) -> Result<Profile, Error> {
        match self {}
    }
}

/// There is no handler to be in.
pub(super) fn in_handler() -> bool {
    false
}

/// There is nothing to sample with.
pub(super) fn sample_now(_empty: bool) -> bool {
    false
}
