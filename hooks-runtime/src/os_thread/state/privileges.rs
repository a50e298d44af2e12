//! What a thread is allowed and what it shares: read for `check = "full"` and on dedicated threads, never put back.

use super::thread_id;
use crate::os_thread::piece::Piece;
use std::fs::{File, Metadata};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

const NAMESPACES: [&std::ffi::CStr; 8] =
    [c"cgroup", c"ipc", c"mnt", c"net", c"pid_for_children", c"time_for_children", c"user", c"uts"];
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

/// What reading needs: opened once for a thread, used on that thread only.
pub(in crate::os_thread) struct Probe {
    /// `/proc/thread-self/ns`; with it held open a namespace is one short read. `None` where there is no `/proc`.
    namespaces: Option<File>,
    /// A thread to compare with.
    reference: i32,
}

impl Probe {
    /// For this thread; `reference` is one that shares the process's files and directories.
    pub(in crate::os_thread) fn open(reference: i32) -> Probe {
        Probe { namespaces: File::open("/proc/thread-self/ns").ok(), reference }
    }

    /// For a thread that is not ours: the reference is the main thread, or on the main thread any other.
    pub(in crate::os_thread) fn of_process() -> Probe {
        // SAFETY: no memory is passed.
        let main = unsafe { libc::getpid() };
        let this = thread_id();
        Probe::open(if this == main { other_thread(this).unwrap_or(main) } else { main })
    }
}

fn other_thread(this: i32) -> Option<i32> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let mut ids = threads.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.find(|id| *id != this)
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Privileges {
    /// The inode numbers, 0 where there is none.
    namespaces: [u64; NAMESPACES.len()],
    capabilities: [u32; 6],
    identity: Identity,
    no_new_privileges: i32,
    seccomp: i32,
    shares_file_system: bool,
    shares_file_table: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Identity {
    /// Real, effective, saved, file system.
    uid: [u32; 4],
    gid: [u32; 4],
    groups: Vec<u32>,
}

impl Privileges {
    pub(super) fn read(probe: &Probe) -> Privileges {
        Privileges {
            namespaces: NAMESPACES.map(|name| namespace(probe, name)),
            capabilities: capabilities(),
            identity: Identity::read(),
            no_new_privileges: answer(libc::PR_GET_NO_NEW_PRIVS),
            seccomp: answer(libc::PR_GET_SECCOMP),
            shares_file_system: shares_file_system(probe.reference),
            shares_file_table: shares(probe.reference, KCMP_FILES).unwrap_or(true),
        }
    }

    pub(super) fn differs(&self, other: &Privileges, piece: Piece) -> bool {
        match piece {
            Piece::Namespaces => self.namespaces != other.namespaces,
            Piece::Capabilities => self.capabilities != other.capabilities,
            Piece::Identity => self.identity != other.identity,
            Piece::NoNewPrivileges => self.no_new_privileges != other.no_new_privileges,
            Piece::Seccomp => self.seccomp != other.seccomp,
            Piece::FileSystem => self.shares_file_system != other.shares_file_system,
            Piece::FileTable => self.shares_file_table != other.shares_file_table,
            _ => false,
        }
    }

    pub(super) fn describe(&self, piece: Piece) -> String {
        let shared = |shares| if shares { "the process's" } else { "the thread's own" }.to_owned();
        match piece {
            Piece::Namespaces => {
                let named = NAMESPACES.iter().zip(&self.namespaces);
                named.map(|(name, inode)| format!("{}:{inode}", name.to_string_lossy())).collect::<Vec<_>>().join(" ")
            }
            Piece::Capabilities => {
                let [effective, permitted, inheritable, ..] = self.capabilities;
                let [.., effective_high, permitted_high, inheritable_high] = self.capabilities;
                format!(
                    "effective {effective_high:08x}{effective:08x}, permitted {permitted_high:08x}{permitted:08x}, \
                     inheritable {inheritable_high:08x}{inheritable:08x}"
                )
            }
            Piece::Identity => {
                let Identity { uid, gid, groups } = &self.identity;
                format!("uid {uid:?}, gid {gid:?}, groups {groups:?}")
            }
            Piece::NoNewPrivileges => self.no_new_privileges.to_string(),
            Piece::Seccomp => self.seccomp.to_string(),
            Piece::FileSystem => shared(self.shares_file_system),
            Piece::FileTable => shared(self.shares_file_table),
            _ => String::new(),
        }
    }
}

/// The inode number out of `net:[4026531840]`.
fn namespace(probe: &Probe, name: &std::ffi::CStr) -> u64 {
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

fn capabilities() -> [u32; 6] {
    let mut header = [CAPABILITY_VERSION_3, 0];
    let mut sets = [0; 6];
    // SAFETY: version 3 of the header asks for two structures of three words about thread 0, the calling one.
    unsafe { libc::syscall(libc::SYS_capget, header.as_mut_ptr(), sets.as_mut_ptr()) };
    sets
}

fn answer(question: libc::c_int) -> i32 {
    let none: libc::c_ulong = 0;
    // SAFETY: no memory is passed.
    unsafe { libc::prctl(question, none, none, none, none) }
}

impl Identity {
    fn read() -> Identity {
        let (mut uid, mut gid) = ([0; 4], [0; 4]);
        // SAFETY: each pointer is to one word that is written. `-1` is no id, so the last two calls answer and change
        // nothing. Raw calls: the thread's own, which the library would make the process's.
        unsafe {
            libc::syscall(libc::SYS_getresuid, &raw mut uid[0], &raw mut uid[1], &raw mut uid[2]);
            libc::syscall(libc::SYS_getresgid, &raw mut gid[0], &raw mut gid[1], &raw mut gid[2]);
            uid[3] = libc::setfsuid(u32::MAX).cast_unsigned();
            gid[3] = libc::setfsgid(u32::MAX).cast_unsigned();
        }
        Identity { uid, gid, groups: groups() }
    }
}

fn groups() -> Vec<u32> {
    // SAFETY: a size of 0 asks how many there are and writes nothing.
    let count = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
    let Ok(length) = usize::try_from(count) else { return Vec::new() };
    let mut groups = vec![0; length];
    // SAFETY: as many are written as the list is long; where there are more by now, none is.
    unsafe { libc::getgroups(count, groups.as_mut_ptr()) };
    groups
}

// From linux/kcmp.h.
const KCMP_FILES: libc::c_int = 2;
const KCMP_FS: libc::c_int = 3;

/// `None` where the kernel does not say: it is built without `kcmp`, or a sandbox refuses it.
fn shares(reference: i32, what: libc::c_int) -> Option<bool> {
    // SAFETY: no memory is passed.
    match unsafe { libc::syscall(libc::SYS_kcmp, reference, thread_id(), what, 0, 0) } {
        0 => Some(true),
        1..=3 => Some(false),
        _ => None,
    }
}

/// Without `kcmp` a thread that has working directory and root for itself is seen once it has changed one of them.
fn shares_file_system(reference: i32) -> bool {
    shares(reference, KCMP_FS).unwrap_or_else(|| {
        same_directory("cwd", reference) && same_directory("root", reference)
    })
}

fn same_directory(which: &str, reference: i32) -> bool {
    let place = |data: Metadata| (data.dev(), data.ino());
    let read = |thread: &str| std::fs::metadata(format!("/proc/{thread}/{which}")).ok().map(place);
    read("thread-self") == read(&format!("self/task/{reference}"))
}
