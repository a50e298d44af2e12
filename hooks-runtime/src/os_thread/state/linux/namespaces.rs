//! The namespaces that a thread is in.

use super::probe::Probe;
use std::ffi::CStr;
use std::fmt;
use std::os::fd::AsRawFd;

const NAMES: [&CStr; 8] =
    [c"cgroup", c"ipc", c"net", c"pid_for_children", c"time_for_children", c"uts", c"mnt", c"user"];
/// The first of [`NAMES`]. A thread enters another mount namespace only with directories of its own, which are watched,
/// and another user namespace only where it is the process's single thread.
const OF_ONE_AMONG_MANY: usize = 6;

/// The inode numbers, 0 where there is none.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Namespaces([u64; NAMES.len()]);

impl Namespaces {
    pub(super) fn read(probe: &Probe) -> Namespaces {
        let read = if probe.is_one_among_many { OF_ONE_AMONG_MANY } else { NAMES.len() };
        let mut inodes = [0; NAMES.len()];
        for (number, name) in inodes.iter_mut().zip(NAMES).take(read) {
            *number = inode(probe, name);
        }
        Namespaces(inodes)
    }
}

impl fmt::Display for Namespaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, inode) in NAMES.iter().zip(&self.0) {
            write!(f, "{separator}{}:{inode}", name.to_string_lossy())?;
            separator = " ";
        }
        Ok(())
    }
}

/// The inode number out of `net:[4026531840]`.
fn inode(probe: &Probe, name: &CStr) -> u64 {
    let Some(directory) = &probe.namespaces else { return 0 };
    let mut link = [0u8; 64];
    // SAFETY: the descriptor is open, the name ends in a zero, and at most the buffer's length is written.
    let length = unsafe {
        libc::readlinkat(directory.as_raw_fd(), name.as_ptr(), link.as_mut_ptr().cast(), link.len())
    };
    let written = usize::try_from(length).map_or(&[][..], |length| &link[..length]);
    let digits = written.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
