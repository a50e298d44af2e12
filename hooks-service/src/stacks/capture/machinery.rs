//! What dumps are taken with, kept from one to the next.

use super::handler;
use super::pause::pauses;
use super::round::Round;
use super::slot::Pool;
use super::walker::Walker;
use crate::process::proc::Tasks;
use crate::stacks::spare::{keep_spare, with_spare};
use crate::stacks::tasks::{Table, is_watched};
use crate::stacks::{Dump, Error};
use crate::{capture, code};
use hooks_runtime::tasks::observe;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// See the module.
pub(super) struct Machinery {
    pub(super) pool: &'static Pool,
    pub(super) walker: Walker,
    pub(super) process: Tasks,
    /// Threads that had not answered when the last dump was over: the signal is still waiting for them.
    pub(super) silent: Vec<libc::pid_t>,
    /// Once tasks are watched.
    tasks: Option<Table>,
    last: Option<Instant>,
}

impl Machinery {
    pub(super) fn new() -> Result<Self, Error> {
        let pool = Pool::leaked();
        handler::install(pool)?;
        let walker = Walker::new(capture::scratches().map_err(Error::kernel("mmap"))?);
        let process = Tasks::open().map_err(Error::kernel("open"))?;
        keep_spare();
        Ok(Self { pool, walker, process, silent: Vec::new(), tasks: None, last: None })
    }

    /// Whether this process made it, and not one that it was forked from.
    pub(super) fn is_own(&self) -> bool {
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
        let round = Round::new(self, patience).run();
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
            pauses: pauses(nanoseconds),
            symbols: OnceLock::new(),
        })
    }
}
