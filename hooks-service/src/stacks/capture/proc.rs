//! What the kernel says about the threads of this process.

use super::folder::Folder;
use crate::stacks::{Error, State};
use std::ffi::{CStr, c_int};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};

/// `/proc/self/task`, open: a process that has run out of descriptors has its threads listed too.
pub(super) struct Tasks {
    folder: Folder,
}

/// Name and state of a thread.
pub(super) struct Stat {
    pub(super) name: Box<str>,
    pub(super) state: State,
}

/// How a signal stands with a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// It waits for the thread, which has not begun to handle it.
    pub(super) pending: bool,
    /// The thread would not take it. In a handler that may be for as long as that runs.
    pub(super) blocked: bool,
}

impl Tasks {
    pub(super) fn open() -> Result<Self, Error> {
        Folder::open().map(|folder| Self { folder }).map_err(Error::kernel("open"))
    }

    /// The ids of all threads, sorted.
    pub(super) fn ids(&mut self) -> Result<Vec<libc::pid_t>, Error> {
        self.folder.numbers().map_err(Error::kernel("readdir"))
    }

    /// `None`: it has ended. A process without a free descriptor does not know either.
    pub(super) fn stat(&self, tid: libc::pid_t) -> Option<Stat> {
        let mut buffer = [0; 512];
        match self.read(tid, "stat", &mut buffer) {
            Ok(text) => stat_in(text),
            Err(error) if is_gone(&error) => None,
            Err(_) => Some(Stat { name: "?".into(), state: State::Other }),
        }
    }

    /// What the thread does with `signal`; where that cannot be known, nothing.
    pub(super) fn standing(&self, tid: libc::pid_t, signal: c_int) -> Standing {
        let mut buffer = [0; 4096];
        self.read(tid, "status", &mut buffer).map(|text| standing_in(text, signal)).unwrap_or_default()
    }

    /// The start of a file of a thread. A few calls to the kernel and nothing else: a thousand threads are to take no time.
    fn read<'b>(&self, tid: libc::pid_t, file: &str, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let mut path = [0_u8; 32];
        write!(&mut path[..], "{tid}/{file}\0")?;
        let path = CStr::from_bytes_until_nul(&path).map_err(io::Error::other)?;
        // SAFETY: a folder that is open, and a path that ends.
        let opened =
            unsafe { libc::openat(self.folder.as_raw_fd(), path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        if opened < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just opened, and nobody else's.
        let opened = unsafe { File::from_raw_fd(opened) };
        // SAFETY: writes at most the buffer's length.
        let length = unsafe { libc::read(opened.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
        Ok(&buffer[..length])
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
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
        b'Z' | b'X' => State::Ended,
        _ => State::Other,
    };
    Some(Stat { name, state })
}

fn standing_in(text: &[u8], signal: c_int) -> Standing {
    let text = String::from_utf8_lossy(text);
    let holds = |set: &str| {
        let mask = text.lines().find_map(|line| line.strip_prefix(set));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    };
    Standing { pending: holds("SigPnd:"), blocked: holds("SigBlk:") }
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
            ("Z", State::Ended),
            ("I", State::Other),
        ] {
            let stat = stat_in(format!("42 (a) S (b)) {letter} 1 1").as_bytes()).unwrap();
            assert_eq!((&*stat.name, stat.state), ("a) S (b)", state));
        }
        assert!(stat_in(b"42 (cut").is_none());
    }

    #[test]
    fn sets_of_signals_count_from_one() {
        let status =
            b"Name:\tx\nSigPnd:\t0000000000000001\nShdPnd:\t4\nSigBlk:\t0000008000000000\nSigIgn:\t0\n";
        let standing = |signal| standing_in(status, signal);
        assert_eq!(standing(40), Standing { pending: false, blocked: true });
        assert_eq!(standing(1), Standing { pending: true, blocked: false });
        assert_eq!([3, 39, 41].map(standing), [Standing::default(); 3]);
        assert_eq!(standing_in(b"", 40), Standing::default());
    }

    #[test]
    fn this_thread_runs_and_blocks_nothing() {
        let mut tasks = Tasks::open().unwrap();
        let own = crate::process::own_id();
        assert!(tasks.ids().unwrap().contains(&own));
        assert_eq!(tasks.stat(own).unwrap().state, State::Running);
        assert_eq!(tasks.standing(own, 40), Standing::default());
        assert!(tasks.stat(libc::pid_t::MAX).is_none());
    }
}
