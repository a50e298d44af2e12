//! SIGNAL HANDLER, up to the mark. What the kernel says about threads: nothing is allocated, locked or waited for.

use super::descriptor::{Guarded, is_close_to_limit};
use std::ffi::{CStr, c_int};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// What `/proc/PID/stat` and `/proc/PID/task/TID/stat` hold: `4242 (name) S 1 ..`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat<'a> {
    /// It may hold anything: spaces, brackets, bytes that are no text.
    pub(crate) name: &'a [u8],
    /// The kernel's letter, `S` for one that sleeps.
    pub(crate) state: u8,
    after_state: &'a [u8],
}

impl<'a> Stat<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        // All fields behind the name are numbers or a letter, so that the last bracket is the name's.
        let start = text.iter().position(|byte| *byte == b'(')? + 1;
        let end = text.iter().rposition(|byte| *byte == b')')?;
        let name = text.get(start..end)?;
        let [b' ', state, after_state @ ..] = text.get(end + 1..)? else { return None };
        Some(Self { name, state: *state, after_state })
    }

    /// A number behind the state, by its place as the manual counts them: 22 is `starttime`.
    pub(crate) fn field(&self, place: usize) -> Option<u64> {
        let field = self.after_state.split(u8::is_ascii_whitespace).nth(place.checked_sub(3)?)?;
        std::str::from_utf8(field).ok()?.parse().ok()
    }
}

/// How a signal stands with a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It waits for the thread, which has not begun to handle it.
    pub(crate) pending: bool,
    /// The thread would not take it. In a handler that may be for as long as that runs.
    pub(crate) blocked: bool,
}

impl Standing {
    /// From the text of `status`.
    fn parse(text: &[u8], signal: c_int) -> Self {
        let holds = |set: &[u8]| {
            let mask = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(set));
            let mask = mask.and_then(|mask| std::str::from_utf8(mask).ok());
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
        };
        Self { pending: holds(b"SigPnd:"), blocked: holds(b"SigBlk:") }
    }
}

/// `/proc/self/task`, open: a process that has run out of descriptors has its threads listed too.
#[derive(Debug)]
pub(crate) struct Tasks {
    folder: Guarded,
}

impl Tasks {
    pub(crate) fn open() -> io::Result<Self> {
        let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: a path that ends.
        let folder = unsafe { libc::open(c"/proc/self/task".as_ptr(), flags) };
        if folder < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just opened, and nobody else's.
        Self::of(unsafe { OwnedFd::from_raw_fd(folder) })
    }

    pub(crate) fn of(folder: OwnedFd) -> io::Result<Self> {
        Guarded::new(folder).map(|folder| Self { folder })
    }

    /// Calls `visit` with the id of each thread.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(libc::pid_t)) -> io::Result<()> {
        #[repr(align(8))]
        struct Entries([u8; 2048]);
        let mut entries = Entries([0; 2048]);
        let folder = self.number()?;
        // SAFETY: from the start, of a folder that is ours.
        unsafe { libc::lseek(folder, 0, libc::SEEK_SET) };
        loop {
            // SAFETY: writes into the local, at most its length.
            let read = unsafe {
                libc::syscall(libc::SYS_getdents64, folder, entries.0.as_mut_ptr(), entries.0.len())
            };
            match usize::try_from(read).map(|read| entries.0.get(..read)) {
                Err(_) => return Err(io::Error::last_os_error()),
                Ok(None | Some([])) => return Ok(()),
                Ok(Some(entries)) => each_number(entries, visit),
            }
        }
    }

    /// The start of a file of a thread. A few calls to the kernel and nothing else: a thousand threads are to take no time.
    pub(crate) fn read<'b>(
        &self,
        tid: libc::pid_t,
        file: &str,
        buffer: &'b mut [u8],
    ) -> io::Result<&'b [u8]> {
        let mut path = [0_u8; 32];
        write!(&mut path[..], "{tid}/{file}\0")?;
        let path = CStr::from_bytes_until_nul(&path).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: a folder that is open, and a path that ends.
        let opened = unsafe { libc::openat(self.number()?, path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        if opened < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just opened, and nobody else's.
        let opened = unsafe { File::from_raw_fd(opened) };
        // SAFETY: writes at most the buffer's length.
        let length = unsafe { libc::read(opened.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
        Ok(buffer.get(..length).unwrap_or_default())
    }

    /// What the thread does with `signal`; where that cannot be known, nothing.
    pub(crate) fn standing(&self, tid: libc::pid_t, signal: c_int) -> Standing {
        let mut buffer = [0; 4096];
        self.read(tid, "status", &mut buffer).map(|text| Standing::parse(text, signal)).unwrap_or_default()
    }

    fn number(&self) -> io::Result<RawFd> {
        self.folder.number().ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))
    }
}

/// Calls `visit` with each name that is a number, of entries as the kernel writes them (`linux_dirent64`).
fn each_number(entries: &[u8], visit: &mut dyn FnMut(libc::pid_t)) {
    /// The length of an entry, and where its name starts.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    let mut rest = entries;
    while let Some([low, high]) = rest.get(LENGTH..LENGTH + 2) {
        let length = usize::from(u16::from_ne_bytes([*low, *high]));
        // `.` and `..` are no numbers.
        if let Some(number) = number(rest.get(NAME..length).unwrap_or_default()) {
            visit(number);
        }
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
}

fn number(name: &[u8]) -> Option<libc::pid_t> {
    CStr::from_bytes_until_nul(name).ok()?.to_str().ok()?.parse().ok()
}

/// Whether the thread that was to be read of has ended.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH))
}

/// Id of the calling thread.
pub(crate) fn own_id() -> libc::pid_t {
    // Not `gettid`: C libraries older than its wrapper are in use. SAFETY: always succeeds and touches nothing.
    let id = unsafe { libc::syscall(libc::SYS_gettid) };
    libc::pid_t::try_from(id).unwrap_or(0)
}

// The mark: what follows does not run in a handler.

impl Tasks {
    /// Whether the process comes close to its limit of descriptors, if this was opened just now.
    pub(crate) fn are_close_to_limit(&self) -> bool {
        self.folder.number().is_some_and(is_close_to_limit)
    }

    /// The ids of all threads, sorted.
    pub(crate) fn ids(&mut self) -> io::Result<Vec<libc::pid_t>> {
        if self.folder.number().is_none() {
            // Closed by a program that closes all descriptors: what has the number now is not to be touched.
            *self = Self::open()?;
        }
        let mut ids = Vec::new();
        self.each(&mut |id| ids.push(id))?;
        ids.sort_unstable();
        // The caller's thread is there.
        if ids.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(ids) }
    }
}

/// Ids of this process's threads, sorted. `None` if they cannot be listed, for want of a descriptor for instance.
pub(crate) fn thread_ids() -> Option<Vec<libc::pid_t>> {
    Tasks::open().ok()?.ids().ok()
}

/// When a thread started, in the kernel's ticks since boot; `None` if it has ended or cannot be looked at.
pub(crate) fn born(tid: libc::pid_t) -> Option<u64> {
    Stat::parse(&of_thread(tid, "stat")?)?.field(22)
}

/// Whether a thread runs, or could if it had a processor. `None` as above.
#[cfg(feature = "trace")]
pub(crate) fn runs(tid: libc::pid_t) -> Option<bool> {
    Some(Stat::parse(&of_thread(tid, "stat")?)?.state == b'R')
}

/// What a thread is called. `None` as above.
pub(crate) fn name(tid: libc::pid_t) -> Option<Vec<u8>> {
    of_thread(tid, "comm").map(|name| name.trim_ascii_end().to_vec())
}

fn of_thread(tid: libc::pid_t, file: &str) -> Option<Vec<u8>> {
    std::fs::read(format!("/proc/self/task/{tid}/{file}")).ok()
}

/// Bytes of memory that the process has at this moment.
#[cfg(feature = "trace")]
pub(crate) fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(super::stack::page_size().try_into().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_brackets_spaces_and_what_looks_like_the_rest() {
        for name in ["a) S (b)", "x", "", ") R 1", "my worker", "((", "a\nb"] {
            let text = format!("42 ({name}) D 7 8 9");
            let stat = Stat::parse(text.as_bytes()).unwrap();
            assert_eq!((stat.name, stat.state), (name.as_bytes(), b'D'));
            assert_eq!([3, 4, 6].map(|place| stat.field(place)), [None, Some(7), Some(9)]);
            assert_eq!([0, 7].map(|place| stat.field(place)), [None, None]);
        }
        assert_eq!(Stat::parse(b"1 (\xff) S 1").unwrap().name, b"\xff");
        for cut in ["", "42", "42 (cut", "42 (x)", "42 (x) ", "42 )x( S"] {
            assert_eq!(Stat::parse(cut.as_bytes()), None, "{cut}");
        }
    }

    #[test]
    fn sets_of_signals_count_from_one() {
        let status =
            b"Name:\tx\nSigPnd:\t0000000000000001\nShdPnd:\t4\nSigBlk:\t0000008000000000\nSigIgn:\t0\n";
        let standing = |signal| Standing::parse(status, signal);
        assert_eq!(standing(40), Standing { pending: false, blocked: true });
        assert_eq!(standing(1), Standing { pending: true, blocked: false });
        assert_eq!([3, 39, 41].map(standing), [Standing::default(); 3]);
        assert_eq!(Standing::parse(b"", 40), Standing::default());
    }

    #[test]
    fn this_thread_runs_blocks_nothing_and_has_a_birth() {
        let mut tasks = Tasks::open().unwrap();
        let own = own_id();
        assert!(tasks.ids().unwrap().contains(&own));
        let mut buffer = [0; 512];
        let stat = Stat::parse(tasks.read(own, "stat", &mut buffer).unwrap()).unwrap();
        assert_eq!((stat.state, stat.field(22)), (b'R', born(own)));
        assert!(born(own) > Some(0));
        assert_eq!(tasks.standing(own, 40), Standing::default());
        assert!(is_gone(&tasks.read(libc::pid_t::MAX, "stat", &mut [0; 8]).unwrap_err()));
    }

    #[test]
    fn every_thread_is_listed_also_the_second_time() {
        let barrier = std::sync::Barrier::new(200);
        std::thread::scope(|scope| {
            (0..199).for_each(|_| _ = scope.spawn(|| barrier.wait()));
            let mut tasks = Tasks::open().unwrap();
            for _ in 0..2 {
                let ids = tasks.ids().unwrap();
                assert!(ids.len() >= 200 && ids.contains(&own_id()), "{ids:?}");
            }
            barrier.wait();
        });
        assert_eq!((number(b"12\0\0"), number(b"..\0"), number(b"\0")), (Some(12), None, None));
    }
}
