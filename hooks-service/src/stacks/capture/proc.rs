//! What the kernel says about a thread of this process.

use crate::stacks::{Error, State};
use std::ffi::{CStr, c_int};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};

/// `/proc/self/task`, open.
pub(super) struct Tasks {
    folder: File,
}

/// Name and state of a thread.
pub(super) struct Stat {
    pub(super) name: Box<str>,
    pub(super) state: State,
}

impl Tasks {
    pub(super) fn open() -> Result<Self, Error> {
        File::open("/proc/self/task").map(|folder| Self { folder }).map_err(Error::kernel("open"))
    }

    /// `None`: it has ended.
    pub(super) fn stat(&self, tid: libc::pid_t) -> Option<Stat> {
        let mut buffer = [0; 512];
        stat_in(self.read(tid, "stat", &mut buffer)?)
    }

    /// Whether the thread blocks `signal`.
    pub(super) fn blocks(&self, tid: libc::pid_t, signal: c_int) -> bool {
        let mut buffer = [0; 4096];
        self.read(tid, "status", &mut buffer).is_some_and(|text| blocks_in(text, signal))
    }

    /// The start of a file of a thread. A few calls to the kernel and nothing else: a thousand threads are to take no time.
    fn read<'b>(&self, tid: libc::pid_t, file: &str, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let mut path = [0_u8; 32];
        write!(&mut path[..], "{tid}/{file}\0").ok()?;
        let path = CStr::from_bytes_until_nul(&path).ok()?;
        // SAFETY: a folder that is open, and a path that ends.
        let opened =
            unsafe { libc::openat(self.folder.as_raw_fd(), path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        if opened < 0 {
            return None;
        }
        // SAFETY: just opened, and nobody else's.
        let opened = unsafe { File::from_raw_fd(opened) };
        // SAFETY: writes at most the buffer's length.
        let length = unsafe { libc::read(opened.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        buffer.get(..usize::try_from(length).ok()?)
    }
}

/// `4242 (name) S ..`: the name may hold anything, brackets among it.
fn stat_in(text: &[u8]) -> Option<Stat> {
    let start = text.iter().position(|byte| *byte == b'(')? + 1;
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let name = String::from_utf8_lossy(text.get(start..end)?).into();
    let state = match text.get(end + 2)? {
        b'R' => State::Running,
        b'S' => State::Sleeping,
        b'D' => State::Uninterruptible,
        b'T' | b't' => State::Stopped,
        _ => State::Other,
    };
    Some(Stat { name, state })
}

fn blocks_in(text: &[u8], signal: c_int) -> bool {
    let text = String::from_utf8_lossy(text);
    let mask = text.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_brackets_and_states_are_told_apart() {
        for (letter, state) in [
            ("R", State::Running),
            ("S", State::Sleeping),
            ("D", State::Uninterruptible),
            ("t", State::Stopped),
            ("Z", State::Other),
        ] {
            let stat = stat_in(format!("42 (a) S (b)) {letter} 1 1").as_bytes()).unwrap();
            assert_eq!((&*stat.name, stat.state), ("a) S (b)", state));
        }
        assert!(stat_in(b"42 (cut").is_none());
    }

    #[test]
    fn the_mask_counts_from_signal_one() {
        let status = b"Name:\tx\nSigPnd:\t0000000000000001\nSigBlk:\t0000008000000000\nSigIgn:\t0\n";
        assert!(blocks_in(status, 40));
        assert!(!blocks_in(status, 39) && !blocks_in(status, 41) && !blocks_in(b"", 40));
    }

    #[test]
    fn this_thread_runs_and_blocks_nothing() {
        let tasks = Tasks::open().unwrap();
        let own = crate::unwind::own_id();
        assert_eq!(tasks.stat(own).unwrap().state, State::Running);
        assert!(!tasks.blocks(own, 40));
        assert!(tasks.stat(libc::pid_t::MAX).is_none());
    }
}
