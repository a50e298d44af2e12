//! How a process that is not our child ended.

use crate::process::proc::Stat;
use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The process that is watched.
pub(super) struct Process {
    pub(super) id: i32,
    /// Becomes readable when it has ended; `None` on kernels before 5.3.
    pub(super) descriptor: Option<OwnedFd>,
    /// How often the kernel had ended a process for want of memory when the watch began.
    out_of_memory: u64,
}

impl Process {
    /// The parent of this process.
    pub(super) fn parent() -> Self {
        // SAFETY: always succeeds.
        let id = unsafe { libc::getppid() };
        // SAFETY: makes a new descriptor, or fails.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
        let descriptor = i32::try_from(descriptor).ok().filter(|descriptor| *descriptor >= 0);
        // SAFETY: new and ours.
        let descriptor = descriptor.map(|descriptor| unsafe { OwnedFd::from_raw_fd(descriptor) });
        Self { id, descriptor, out_of_memory: out_of_memory_kills() }
    }

    /// Whether it lives, with all its memory. On its way out a process gives its memory up before its descriptors; one that
    /// becomes another program (`exec`), or closes them all, has some when they are gone.
    pub(super) fn lives_on(&self) -> bool {
        let pages = fs::read_to_string(format!("/proc/{}/statm", self.id)).unwrap_or_default();
        pages.split_whitespace().next().is_some_and(|all| all != "0")
    }

    /// The status with which the process ended, as `wait` has it, if the kernel still knows it or tells.
    pub(super) fn status(&self) -> Option<i32> {
        self.status_of_zombie().or_else(|| self.status_from_descriptor())
    }

    /// Whether the kernel has ended a process for want of memory since the watch began.
    pub(super) fn memory_ran_out(&self) -> bool {
        self.memory_ran_out_by(out_of_memory_kills())
    }

    fn memory_ran_out_by(&self, kills: u64) -> bool {
        kills > self.out_of_memory
    }

    /// While its parent has not waited for it.
    fn status_of_zombie(&self) -> Option<i32> {
        let text = fs::read(format!("/proc/{}/stat", self.id)).ok()?;
        let stat = Stat::parse(&text).filter(|stat| matches!(stat.state, b'Z' | b'X'))?;
        i32::try_from(stat.field(52)?).ok()
    }

    /// Afterwards, from Linux 6.15 on.
    fn status_from_descriptor(&self) -> Option<i32> {
        /// The kernel's `pidfd_info`, as of 6.15.
        #[repr(C)]
        #[derive(Default)]
        struct Info {
            mask: u64,
            cgroup: u64,
            ids: [u32; 3],
            owners: [u32; 8],
            exit_code: i32,
        }
        const EXIT: u64 = 1 << 3;
        /// `_IOWR(0xff, 11, struct pidfd_info)`.
        #[allow(clippy::cast_possible_wrap, reason = "the type of a request differs between C libraries")]
        const GET_INFO: libc::Ioctl = 0xc040_ff0b_u32 as libc::Ioctl;
        const _: () = assert!(size_of::<Info>() == 0x40);
        let mut info = Info { mask: EXIT, ..Info::default() };
        let descriptor = self.descriptor.as_ref()?.as_raw_fd();
        // SAFETY: the kernel writes at most the size that is part of the request.
        let failed = unsafe { libc::ioctl(descriptor, GET_INFO, &raw mut info) } < 0;
        (!failed && info.mask & EXIT != 0).then_some(info.exit_code)
    }
}

fn out_of_memory_kills() -> u64 {
    count_of_kills(&fs::read_to_string("/proc/vmstat").unwrap_or_default())
}

fn count_of_kills(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line.and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn memory_ran_out_if_the_kernel_has_counted_a_kill_since() {
        assert_eq!(count_of_kills("oom_kill_x 9\noom_kill 41\nnext 1\n"), 41);
        assert_eq!(count_of_kills("next 1\n"), 0);
        let process = Process { id: 0, descriptor: None, out_of_memory: 41 };
        assert!(process.memory_ran_out_by(42) && !process.memory_ran_out_by(41));
        let process = Process { out_of_memory: u64::MAX, ..process };
        assert!(!process.memory_ran_out(), "the kernel's count is less");
    }

    #[test]
    fn the_status_of_another_process_is_known_before_and_after_its_parent_has_waited() {
        let mut child = Command::new("sh").args(["-c", "kill -9 $$"]).spawn().unwrap();
        let id = child.id().cast_signed();
        // SAFETY: makes a new descriptor.
        let descriptor = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
        // SAFETY: new and ours.
        let descriptor = i32::try_from(descriptor)
            .ok()
            .filter(|it| *it >= 0)
            .map(|it| unsafe { OwnedFd::from_raw_fd(it) });
        let process = Process { id, descriptor, out_of_memory: out_of_memory_kills() };
        let ended = || process.status_of_zombie().is_some();
        while !ended() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert_eq!(process.status(), Some(libc::SIGKILL));
        assert!(!process.lives_on());
        child.wait().unwrap();
        let status = process.status();
        // Before Linux 6.15 nobody but the parent can know.
        assert!(matches!(status, None | Some(libc::SIGKILL)), "{status:?}");
    }
}
