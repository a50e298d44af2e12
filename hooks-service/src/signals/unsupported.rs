//! In place of the handler and the watcher where there are no signals to watch for.

use super::builder::ShutdownBuilder;
use super::cause::Error;
use super::state::State;
use std::sync::Arc;
use std::thread::JoinHandle;

pub(super) fn start(_: &Arc<State>, _: &mut ShutdownBuilder) -> Result<JoinHandle<()>, Error> {
    Err(Error::Unsupported)
}

pub(super) fn asked() -> Option<i32> {
    None
}

pub(super) fn wake() {}

pub(super) fn give_back() -> Option<i32> {
    None
}

pub(super) fn deliver(_: Option<i32>) {}
