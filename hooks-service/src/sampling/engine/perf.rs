//! SIGNAL HANDLER, as far as [`Identity::close`], which runs in a forked child.
//!
//! The kernel's task clock event: samples a thread more often than the kernel ticks, where it is allowed.
//!
//! An event is a descriptor. Of those a process has a limited number, and programs close what they do not know. So handlers do
//! not use it, and read from the thread's own clock what an event stands for.

use crate::process::descriptor::leaves_room;
use std::ffi::CStr;
use std::io;
use std::mem::ManuallyDrop;
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

/// Whether this thread's system calls go through a filter (seccomp). Some end the process for one that they do not know, as
/// systemd's do unless told otherwise, and there is no way to ask.
fn is_filtered() -> bool {
    let mut status = [0; 4096];
    let status = read(c"/proc/thread-self/status", &mut status);
    let mode = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Seccomp:"));
    mode.is_some_and(|mode| mode.trim_ascii() != b"0")
}

/// The start of a file, or nothing. By system calls alone: this may be a thread of C, and be cancelled in the library's.
fn read<'b>(path: &CStr, buffer: &'b mut [u8]) -> &'b [u8] {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    // SAFETY: a path that ends, and at most as many bytes as the buffer has; what is closed was opened here.
    let length = unsafe {
        let file = libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags);
        let length = libc::syscall(libc::SYS_read, file, buffer.as_mut_ptr(), buffer.len());
        if file >= 0 {
            libc::syscall(libc::SYS_close, file);
        }
        length
    };
    usize::try_from(length).ok().and_then(|length| buffer.get(..length)).unwrap_or_default()
}

fn open(tid: libc::pid_t, period: Duration, exclude: u64) -> io::Result<OwnedFd> {
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
        _ => Err(io::Error::last_os_error()),
    }
}
