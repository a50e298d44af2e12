//! In place of the sampler where there is none.

use super::clock::Clock;
use super::error::{Error, FRAMES, FREQUENCIES};
use super::reader::Reader;
use super::stats::Stats;
use crate::code::Module;
use std::marker::PhantomData;
use std::task::Waker;
use std::time::{Duration, Instant, SystemTime};

/// Never exists.
pub(crate) struct Subscription<R: Reader> {
    never: std::convert::Infallible,
    reader: PhantomData<R>,
}

pub(crate) struct KeptOut;

pub(crate) struct Span {
    pub(crate) started: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) stats: Stats,
    pub(crate) modules: Vec<Module>,
}

impl<R: Reader> Subscription<R> {
    pub(crate) fn start(_clock: Clock, hz: u32, most_frames: u32, _reader: R) -> Result<Self, Error> {
        Err(if !FREQUENCIES.contains(&hz) {
            Error::Frequency { hz }
        } else if !FRAMES.contains(&most_frames) {
            Error::Frames { frames: most_frames }
        } else {
            Error::Unsupported
        })
    }

    pub(crate) fn look<T>(&self, _look: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        match self.never {}
    }

    pub(crate) fn take<T>(&self, _take: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        match self.never {}
    }

    pub(crate) fn stop<T>(&mut self, _look: impl FnOnce(&mut R, Span) -> T) -> Result<T, Error> {
        match self.never {}
    }

    pub(crate) fn keep_out(&self) -> KeptOut {
        match self.never {}
    }

    pub(crate) fn wake_at(&self, _time: Option<Instant>, _waker: &Waker) -> Result<(), Error> {
        match self.never {}
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
