//! Events that the kernel counts or records for a thread: whether it lets us have one.

use std::ffi::CStr;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// A software event of a thread.
#[derive(Default)]
pub(crate) struct Event {
    pub(crate) config: u64,
    pub(crate) sample_period: u64,
    pub(crate) sample_type: u64,
    pub(crate) flags: u64,
    pub(crate) wakeup_events: u32,
    pub(crate) clock_id: i32,
}

/// The kernel's `perf_event_attr`, as far as these events go: what is not used of it is zero, as is what a kernel does not
/// know.
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
    config2: u64,
    branch_sample_type: u64,
    sample_regs_user: u64,
    sample_stack_user: u32,
    clock_id: i32,
}

const SOFTWARE: u32 = 1;
pub(crate) const DISABLED: u64 = 1;
pub(crate) const EXCLUDE_KERNEL: u64 = 1 << 5;
const EXCLUDE_HYPERVISOR: u64 = 1 << 6;
const CLOSE_ON_EXEC: libc::c_ulong = 1 << 3;

impl Event {
    /// Has it of thread `tid`, on whatever processor it runs.
    pub(crate) fn open(&self, tid: libc::pid_t) -> io::Result<OwnedFd> {
        let attributes = Attributes {
            kind: SOFTWARE,
            size: u32::try_from(size_of::<Attributes>()).unwrap_or(0),
            config: self.config,
            sample_period: self.sample_period,
            sample_type: self.sample_type,
            flags: self.flags | EXCLUDE_HYPERVISOR,
            wakeup_events: self.wakeup_events,
            clock_id: self.clock_id,
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
}

/// Whether this thread's system calls go through a filter (seccomp). Some end the process for one that they do not know, as
/// systemd's do unless told otherwise, and there is no way to ask.
pub(crate) fn is_filtered() -> bool {
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
