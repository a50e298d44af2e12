//! The pieces of state that an OS thread has for itself.

use std::fmt;

/// A piece of state that belongs to one OS thread and not to the process.
///
/// Those up to [`Name`](Piece::Name) can be put back, and are the words of `restore(..)`. The rest is watched with
/// `check = "full"` and on dedicated threads; most of it cannot be put back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Piece {
    /// The signals that are blocked (`pthread_sigmask`).
    SignalMask,
    /// The CPUs that the thread may run on (`sched_setaffinity`).
    Affinity,
    /// The scheduling priority (`setpriority`), per thread on Linux.
    Nice,
    /// By how much the kernel may delay timers (`PR_SET_TIMERSLACK`), in nanoseconds.
    TimerSlack,
    /// The thread's locale (`uselocale`).
    Locale,
    /// Rounding, exception masks and flush-to-zero of the floating-point unit.
    FpEnv,
    /// The name that `ps` and debuggers show (`PR_SET_NAME`).
    Name,
    /// Network, mount, UTS, IPC, PID, time, cgroup and user namespaces (`unshare`, `setns`).
    Namespaces,
    /// The capability sets (`capset`).
    Capabilities,
    /// User and group ids, with the file system ids and supplementary groups (raw `setresuid` and others).
    Identity,
    /// `PR_SET_NO_NEW_PRIVS`, which cannot be taken back.
    NoNewPrivileges,
    /// A seccomp filter, which cannot be taken back.
    Seccomp,
    /// Whether working directory, root and umask are the process's (`unshare(CLONE_FS)`).
    FileSystem,
    /// Whether file descriptors are the process's (`unshare(CLONE_FILES)`).
    FileTable,
    /// Which thread it is: a lock that was taken on one thread was dropped on another.
    Thread,
    /// The body of an async fn that was begun within another one, and then given up on another thread: it is not sound
    /// to drop it there, so it never is.
    Body,
    /// Whether the thread may be used again ([`LockedThread::retire`](crate::os_thread::LockedThread::retire)).
    Reusable,
}

impl Piece {
    pub(in super::super) const ALL: [Piece; 17] = [
        Piece::SignalMask,
        Piece::Affinity,
        Piece::Nice,
        Piece::TimerSlack,
        Piece::Locale,
        Piece::FpEnv,
        Piece::Name,
        Piece::Namespaces,
        Piece::Capabilities,
        Piece::Identity,
        Piece::NoNewPrivileges,
        Piece::Seccomp,
        Piece::FileSystem,
        Piece::FileTable,
        Piece::Thread,
        Piece::Body,
        Piece::Reusable,
    ];

    /// The word for it, as in `restore(..)`.
    pub fn word(self) -> &'static str {
        match self {
            Piece::SignalMask => "signal_mask",
            Piece::Affinity => "affinity",
            Piece::Nice => "nice",
            Piece::TimerSlack => "timer_slack",
            Piece::Locale => "locale",
            Piece::FpEnv => "fp_env",
            Piece::Name => "name",
            Piece::Namespaces => "namespaces",
            Piece::Capabilities => "capabilities",
            Piece::Identity => "identity",
            Piece::NoNewPrivileges => "no_new_privileges",
            Piece::Seccomp => "seccomp",
            Piece::FileSystem => "file_system",
            Piece::FileTable => "file_table",
            Piece::Thread => "thread",
            Piece::Body => "body",
            Piece::Reusable => "reusable",
        }
    }
}

/// What is kept as a piece's number is found again by `ALL`.
const _: () = {
    let mut number = 0;
    while number < Piece::ALL.len() {
        assert!(Piece::ALL[number] as usize == number, "`Piece::ALL` is in the order of the declaration");
        number += 1;
    }
};

/// The [`word`](Piece::word).
impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A set of pieces.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in super::super) struct Pieces(u32);

#[cfg_attr(not(kernel), allow(dead_code))] // what reads state is Linux's alone
impl Pieces {
    pub(in super::super) const NONE: Pieces = Pieces(0);
    /// What is always watched: reading it costs seven cheap reads.
    pub(in super::super) const LIST: Pieces = Pieces((1 << Piece::Namespaces as u32) - 1);
    /// All that can be read.
    pub(in super::super) const FULL: Pieces = Pieces((1 << Piece::Thread as u32) - 1);

    /// What a thread is allowed and what it shares.
    pub(in super::super) const PRIVILEGES: Pieces =
        Pieces::FULL.without(Pieces::LIST).without(Pieces::NONE.with(Piece::Namespaces));

    pub(in super::super) const fn with(self, piece: Piece) -> Pieces {
        Pieces(self.0 | 1 << piece as u32)
    }

    pub(in super::super) const fn and(self, other: Pieces) -> Pieces {
        Pieces(self.0 | other.0)
    }

    pub(in super::super) const fn without(self, other: Pieces) -> Pieces {
        Pieces(self.0 & !other.0)
    }

    pub(in super::super) const fn both(self, other: Pieces) -> Pieces {
        Pieces(self.0 & other.0)
    }

    pub(in super::super) const fn has(self, piece: Piece) -> bool {
        self.0 & 1 << piece as u32 != 0
    }

    pub(in super::super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(in super::super) fn iter(self) -> impl Iterator<Item = Piece> {
        Piece::ALL.iter().copied().filter(move |piece| self.has(*piece))
    }
}
