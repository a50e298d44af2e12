//! In place of what asks threads and of dumps on a signal, where there are none.

pub(super) mod ask {
    use crate::stacks::dump::Dump;
    use crate::stacks::error::Error;
    use std::time::Duration;

    pub(in crate::stacks) fn take(_interval: Duration, _patience: Duration) -> Result<Dump, Error> {
        Err(Error::Unsupported)
    }

    pub(in crate::stacks) fn prepare() -> Result<(), Error> {
        Err(Error::Unsupported)
    }

    pub(in crate::stacks) fn signal() -> i32 {
        0
    }
}

pub(super) mod request {
    use crate::stacks::error::Error;
    use crate::stacks::target::{Counts, Target};
    use std::time::Duration;

    /// Never exists.
    #[derive(Debug)]
    pub enum Requests {}

    impl Requests {
        pub(in crate::stacks) fn start(
            _signal: i32,
            _target: &Target,
            _interval: Duration,
        ) -> Result<Self, Error> {
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
}
