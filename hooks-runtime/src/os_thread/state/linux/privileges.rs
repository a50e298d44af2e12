//! What a thread is allowed and what it shares: read for `check = "full"` and on dedicated threads, never put back.

use super::super::piece::Piece;
use crate::this_thread;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

// From linux/capability.h.
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;
const CAP_SYS_ADMIN: u32 = 21;

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Privileges {
    capabilities: [u32; 6],
    identity: Identity,
    gains_none: i32,
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
    /// Compares what is shared with the thread `reference`.
    pub(super) fn read(reference: i32) -> Privileges {
        Privileges {
            capabilities: capabilities(),
            identity: Identity::read(),
            gains_none: answer(libc::PR_GET_NO_NEW_PRIVS),
            seccomp: answer(libc::PR_GET_SECCOMP),
            shares_file_system: shares_file_system(reference),
            shares_file_table: shares(reference, KCMP_FILES).unwrap_or(true),
        }
    }

    /// `CAP_SYS_ADMIN`: without it no namespace can be changed or entered, and no thread gets it while the program
    /// runs.
    pub(super) fn may_change_namespaces(&self) -> bool {
        let [_, permitted, ..] = self.capabilities;
        permitted & 1 << CAP_SYS_ADMIN != 0
    }

    pub(super) fn differs(&self, other: &Privileges, piece: Piece) -> bool {
        match piece {
            Piece::Capabilities => self.capabilities != other.capabilities,
            Piece::Identity => self.identity != other.identity,
            Piece::NoNewPrivileges => self.gains_none != other.gains_none,
            Piece::Seccomp => self.seccomp != other.seccomp,
            Piece::FileSystem => self.shares_file_system != other.shares_file_system,
            Piece::FileTable => self.shares_file_table != other.shares_file_table,
            _ => false,
        }
    }

    pub(super) fn describe(&self, piece: Piece) -> String {
        let shared = |shares| if shares { "the process's" } else { "the thread's own" }.to_owned();
        match piece {
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
            Piece::NoNewPrivileges => self.gains_none.to_string(),
            Piece::Seccomp => self.seccomp.to_string(),
            Piece::FileSystem => shared(self.shares_file_system),
            Piece::FileTable => shared(self.shares_file_table),
            _ => String::new(),
        }
    }
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
            uid[3] = unsigned(libc::setfsuid(u32::MAX));
            gid[3] = unsigned(libc::setfsgid(u32::MAX));
        }
        Identity { uid, gid, groups: groups() }
    }
}

/// An id as the kernel counts them.
fn unsigned(id: i32) -> u32 {
    u32::from_ne_bytes(id.to_ne_bytes())
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
    match unsafe { libc::syscall(libc::SYS_kcmp, reference, this_thread::id(), what, 0, 0) } {
        0 => Some(true),
        1..=3 => Some(false),
        _ => None,
    }
}

/// Without `kcmp` a thread that has working directory and root for itself is seen once it has changed one of them.
fn shares_file_system(reference: i32) -> bool {
    shares(reference, KCMP_FS)
        .unwrap_or_else(|| same_directory("cwd", reference) && same_directory("root", reference))
}

fn same_directory(which: &str, reference: i32) -> bool {
    let place = |data: Metadata| (data.dev(), data.ino());
    let read = |thread: &str| std::fs::metadata(format!("/proc/{thread}/{which}")).ok().map(place);
    read("thread-self") == read(&format!("self/task/{reference}"))
}
