//! In place of dumps on a signal where there are none.

use super::{Counts, Error, OnSignal};

/// Never exists.
#[derive(Debug)]
pub enum Requests {}

impl Requests {
    pub(super) fn start(_asked: &OnSignal) -> Result<Self, Error> {
        Err(Error::Unsupported)
    }

    /// Never called.
    pub fn counts(&self) -> Counts {
        match *self {}
    }

    /// Never called.
    pub fn last_error(&self) -> Option<String> {
        match *self {}
    }

    /// Never called.
    pub fn stop(self) {
        match self {}
    }
}
