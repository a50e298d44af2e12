//! In place of the sampler where there is none.

use crate::profile::{Clock, Error, Profile};

/// Never exists.
pub(crate) enum Sampler {}

impl Sampler {
    pub(crate) fn start(_clock: Clock, _hz: u32) -> Result<Self, Error> {
        Err(Error::Unsupported)
    }

    pub(crate) fn snapshot(&self) -> Result<Profile, Error> {
        match *self {}
    }

    pub(crate) fn stop(self) -> Result<Profile, Error> {
        match self {}
    }
}

/// There is no handler to be in.
pub(crate) fn in_handler() -> bool {
    false
}

/// There is nothing to sample with.
pub(crate) fn sample_now(_empty: bool) -> bool {
    false
}
