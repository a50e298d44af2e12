//! What dumps are taken with, kept from one to the next. One dump at a time in a process; a forked child starts anew.

use super::handler;
use super::round::Round;
use super::slot::Pool;
use super::walker::Walker;
use crate::process::PerProcess;
use crate::process::proc::Tasks;
use crate::stacks::dump::{Dump, Pauses};
use crate::stacks::error::Error;
use crate::stacks::spare::{keep_spare, with_spare};
use crate::stacks::tasks::{Table, is_watched};
use crate::{capture, code};
use hooks_runtime::tasks::observe;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// See the module.
pub(super) struct Machinery {
    pool: &'static Pool,
    walker: Walker,
    process: Tasks,
    /// Threads that had not answered when the last dump was over: the signal is still waiting for them.
    silent: Vec<libc::pid_t>,
    /// Once tasks are watched.
    tasks: Option<Table>,
    last: Option<Instant>,
}

static SHARED: PerProcess<Option<Machinery>> = PerProcess::new();

/// Runs `work` with what dumps are taken with, made at the first call in this process.
///
/// # Errors
/// [`Error::Busy`] while it is in use, and those of `work`.
pub(super) fn with<T>(work: impl FnOnce(&mut Machinery) -> Result<T, Error>) -> Result<T, Error> {
    let made = |shared: &mut Option<Machinery>| {
        if shared.as_ref().is_some_and(|machinery| !machinery.is_own()) {
            // The parent's: threads of it may be answering there.
            std::mem::forget(shared.take());
        }
        if shared.is_none() {
            *shared = Some(Machinery::new()?);
        }
        shared.as_mut().ok_or(Error::Busy).and_then(work)
    };
    SHARED.try_with(made).unwrap_or(Err(Error::Busy))
}

impl Machinery {
    fn new() -> Result<Self, Error> {
        let pool = Pool::leaked();
        handler::install(pool)?;
        let walker = Walker::new(capture::scratches().map_err(Error::kernel("mmap"))?);
        let process = Tasks::open().map_err(Error::kernel("open"))?;
        keep_spare();
        Ok(Self { pool, walker, process, silent: Vec::new(), tasks: None, last: None })
    }

    /// Whether this process made it, and not one that it was forked from.
    fn is_own(&self) -> bool {
        self.pool.pid.cast_unsigned() == std::process::id()
    }

    /// Memory to count tasks in, once they are watched.
    pub(super) fn prepare_tasks(&mut self) {
        if self.tasks.is_none() && is_watched() {
            self.tasks = Some(Table::new(observe::capacity()));
        }
    }

    pub(super) fn dump(&mut self, interval: Duration, patience: Duration) -> Result<Dump, Error> {
        if let Some(wait) = self.last.and_then(|last| interval.checked_sub(last.elapsed())) {
            return Err(Error::TooSoon { wait });
        }
        handler::check_owner()?;
        with_spare(|| self.take(patience))
    }

    fn take(&mut self, patience: Duration) -> Result<Dump, Error> {
        let edition = code::current().edition;
        let (taken, began) = (SystemTime::now(), Instant::now());
        let round =
            Round::new(self.pool, &mut self.walker, &mut self.process, &mut self.silent, patience).run();
        self.prepare_tasks();
        let tasks = self.tasks.as_mut().map(Table::count);
        self.last = Some(Instant::now());
        let (threads, nanoseconds) = round?;
        Ok(Dump {
            threads,
            tasks,
            modules: code::current().modules_at(edition),
            taken,
            elapsed: began.elapsed(),
            pauses: Pauses::of(nanoseconds),
            symbols: OnceLock::new(),
        })
    }
}
