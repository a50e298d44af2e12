//! SIGNAL HANDLER, as far as [`Identity::close`], which runs in a forked child.
//!
//! The kernel's task clock event: samples a thread more often than the kernel ticks, where it is allowed.
//!
//! An event is a descriptor. Of those a process has a limited number, and programs close what they do not know. So handlers do
//! not use it, and read from the thread's own clock what an event stands for.

use crate::process::descriptor::leaves_room;
use crate::process::perf::{DISABLED, EXCLUDE_KERNEL, Event, is_filtered};
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

const TASK_CLOCK: u64 = 1;
const ENABLE: libc::c_ulong = 0x2400;
/// `_IOR('$', 7, u64)`.
const GET_ID: libc::c_ulong = 0x8008_2407;
const SET_SIGNAL: libc::c_int = 10;
const SET_OWNER: libc::c_int = 15;

/// The kernel's `f_owner_ex`; kind 0 is a thread.
#[repr(C)]
struct Owner {
    kind: libc::c_int,
    id: libc::pid_t,
}

/// The event of one thread. Dropped it is closed, and sends nothing more.
pub(super) struct TaskClock(Identity);

/// An event's descriptor, and which event it is: the number may be somebody else's by now. The kernel has one inode for all
/// events, so that `fstat` does not tell.
#[derive(Clone, Copy)]
pub(super) struct Identity {
    pub(super) number: RawFd,
    pub(super) event: u64,
}

impl TaskClock {
    /// Starts an event that sends `SIGPROF` to thread `tid` after each `period` of its processor time, unless descriptors are
    /// short.
    ///
    /// Time in the kernel is sampled too where `perf_event_paranoid` lets us; where not, its weight goes to the next
    /// sample in user mode.
    pub(super) fn start(tid: libc::pid_t, period: Duration) -> io::Result<Self> {
        if is_filtered() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let event = open(tid, period, 0).or_else(|_| open(tid, period, EXCLUDE_KERNEL))?;
        if !leaves_room(event.as_raw_fd()) {
            return Err(io::Error::from_raw_os_error(libc::EMFILE));
        }
        let owner = Owner { kind: 0, id: tid };
        let fd = event.as_raw_fd();
        // SAFETY: our descriptor; `owner` outlives the call; the other commands take numbers.
        let failed = unsafe {
            libc::fcntl(fd, SET_OWNER, &raw const owner) == -1
                || libc::fcntl(fd, SET_SIGNAL, libc::SIGPROF) == -1
                || libc::fcntl(fd, libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK) == -1
                || libc::ioctl(fd, ENABLE as _, 0) == -1
        };
        let id = Identity::of(fd).filter(|_| !failed).ok_or_else(io::Error::last_os_error)?;
        let _given_over = ManuallyDrop::new(event);
        Ok(Self(id))
    }

    pub(super) fn identity(&self) -> Identity {
        self.0
    }

    /// Whether nobody has closed it.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_current()
    }
}

impl Drop for TaskClock {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Identity {
    fn of(number: RawFd) -> Option<Self> {
        let mut event = 0_u64;
        // SAFETY: writes eight bytes into the local, where the number is an event; else it is an error and no more.
        let failed = unsafe { libc::ioctl(number, GET_ID as _, &raw mut event) } == -1;
        (!failed).then_some(Self { number, event })
    }

    /// Whether the descriptor is the event's yet. Async-signal-safe.
    fn is_current(self) -> bool {
        Self::of(self.number).is_some_and(|now| now.event == self.event)
    }

    /// Closes it, if it is the event's yet. Async-signal-safe.
    pub(super) fn close(self) {
        if self.is_current() {
            // SAFETY: the event's, which has one owner in each process.
            unsafe { libc::close(self.number) };
        }
    }
}

fn open(tid: libc::pid_t, period: Duration, exclude: u64) -> io::Result<OwnedFd> {
    let event = Event {
        config: TASK_CLOCK,
        sample_period: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX),
        flags: DISABLED | exclude,
        wakeup_events: 1,
        ..Default::default()
    };
    event.open(tid)
}
