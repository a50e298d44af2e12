//! SIGNAL HANDLER, as far as [`read_nanoseconds`].
//!
//! The kernel's task clock event: samples a thread more often than the kernel ticks, where it is allowed.

use crate::sampling::error::Error;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// The first version of the kernel's `perf_event_attr`, all that a software event needs.
#[repr(C)]
#[derive(Default)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    config1: u64,
}

const SOFTWARE: u32 = 1;
const TASK_CLOCK: u64 = 1;
const DISABLED: u64 = 1;
const EXCLUDE_KERNEL: u64 = 1 << 5;
const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
const CLOSE_ON_EXEC: libc::c_ulong = 1 << 3;
const ENABLE: libc::c_ulong = 0x2400;
const DISABLE: libc::c_ulong = 0x2401;
const SET_SIGNAL: libc::c_int = 10;
const SET_OWNER: libc::c_int = 15;

/// The kernel's `f_owner_ex`; kind 0 is a thread.
#[repr(C)]
struct Owner {
    kind: libc::c_int,
    id: libc::pid_t,
}

/// The event of one thread, closed on drop.
pub(super) struct TaskClock(OwnedFd);

impl TaskClock {
    /// Starts an event that sends `SIGPROF` to thread `tid` after each `period` of its processor time.
    ///
    /// Time in the kernel is sampled too where `perf_event_paranoid` lets us; where not, its weight goes to the next
    /// sample in user mode, see [`read_nanoseconds`].
    pub(super) fn start(tid: libc::pid_t, period: Duration) -> Result<Self, Error> {
        let event = open(tid, period, 0).or_else(|_| open(tid, period, EXCLUDE_KERNEL))?;
        let owner = Owner { kind: 0, id: tid };
        let fd = event.as_raw_fd();
        // SAFETY: our descriptor; `owner` outlives the call; the other commands take numbers.
        let failed = unsafe {
            libc::fcntl(fd, SET_OWNER, &raw const owner) == -1
                || libc::fcntl(fd, SET_SIGNAL, libc::SIGPROF) == -1
                || libc::fcntl(fd, libc::F_SETFL, libc::O_ASYNC | libc::O_NONBLOCK) == -1
        };
        if failed {
            return Err(Error::last("fcntl"));
        }
        let clock = Self(event);
        clock.control(ENABLE).map(|()| clock)
    }

    /// Stops the event. Its descriptor stays open: handlers may still be reading it.
    pub(super) fn silence(&self) {
        let _ = self.control(DISABLE);
    }

    /// The descriptor.
    pub(super) fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    fn control(&self, request: libc::c_ulong) -> Result<(), Error> {
        // SAFETY: our descriptor; these requests take no argument.
        let failed = unsafe { libc::ioctl(self.0.as_raw_fd(), request as _, 0) } == -1;
        if failed { Err(Error::last("ioctl")) } else { Ok(()) }
    }
}

fn open(tid: libc::pid_t, period: Duration, exclude: u64) -> Result<OwnedFd, Error> {
    let attributes = Attributes {
        kind: SOFTWARE,
        size: u32::try_from(size_of::<Attributes>()).unwrap_or(0),
        config: TASK_CLOCK,
        sample_period: u64::try_from(period.as_nanos()).unwrap_or(u64::MAX),
        flags: DISABLED | EXCLUDE_HYPERVISOR | exclude,
        wakeup_events: 1,
        ..Default::default()
    };
    // SAFETY: the attributes have the size that they state; the result is a new descriptor or an error.
    let fd = unsafe {
        libc::syscall(libc::SYS_perf_event_open, &raw const attributes, tid, -1, -1, CLOSE_ON_EXEC)
    };
    match RawFd::try_from(fd) {
        // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
        Ok(fd) if fd >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(fd) }),
        _ => Err(Error::last("perf_event_open")),
    }
}

/// Processor time that the event has counted, in nanoseconds: signals that the kernel merged lose no weight.
/// Async-signal-safe.
pub(super) fn read_nanoseconds(fd: RawFd) -> Option<u64> {
    let mut count = 0_u64;
    // SAFETY: reads at most eight bytes into a local.
    let read = unsafe { libc::read(fd, (&raw mut count).cast(), size_of::<u64>()) };
    (usize::try_from(read) == Ok(size_of::<u64>())).then_some(count)
}
