//! The pieces that can be put back, by system call.

use std::{fmt, io, mem, ptr};

const WORDS: usize = 16;

/// CPUs 0 to 1023.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct CpuSet([u64; WORDS]);

impl CpuSet {
    pub(super) const ALL: CpuSet = CpuSet([u64::MAX; WORDS]);

    /// `None` where the kernel's set does not go that far.
    pub(super) fn one(cpu: usize) -> Option<CpuSet> {
        let mut set = CpuSet::default();
        *set.0.get_mut(cpu / 64)? |= 1 << (cpu % 64);
        Some(set)
    }
}

impl fmt::Display for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ranges { words: &self.0, first: 0 }.fmt(f)
    }
}

/// Empty on a machine with more than 1,024 CPUs, where the kernel refuses a set of this size.
pub(super) fn affinity() -> CpuSet {
    let mut set = CpuSet::default();
    // SAFETY: the kernel writes at most the given size; every bit pattern is a set.
    unsafe { libc::sched_getaffinity(0, size_of::<CpuSet>(), (&raw mut set).cast()) };
    set
}

/// Moves this thread to the CPUs in `set` that its cpuset allows; an error where there is none, and for an empty set.
pub(super) fn set_affinity(set: &CpuSet) -> io::Result<()> {
    // SAFETY: the kernel reads the given size.
    let result = unsafe { libc::sched_setaffinity(0, size_of::<CpuSet>(), ptr::from_ref(set).cast()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Signal `n` is bit `n - 1`.
pub(super) fn signal_mask() -> u64 {
    // SAFETY: a `sigset_t` of zeros is valid, the call writes a whole one, and its first eight bytes are the kernel's
    // 64 signals in order.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set);
        (&raw const set).cast::<u64>().read_unaligned()
    }
}

pub(super) fn set_signal_mask(mask: u64) {
    // SAFETY: as in `signal_mask`.
    unsafe {
        let mut set: libc::sigset_t = mem::zeroed();
        (&raw mut set).cast::<u64>().write_unaligned(mask);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const set, ptr::null_mut());
    }
}

pub(super) fn nice() -> i32 {
    // SAFETY: no memory is passed. The raw call, since the library's returns -1 for an error and a nice value alike; it
    // answers 20 minus the nice value of thread 0, the calling one.
    let answer = unsafe { libc::syscall(libc::SYS_getpriority, libc::PRIO_PROCESS, 0) };
    20 - i32::try_from(answer).unwrap_or(20)
}

/// Going back down needs `CAP_SYS_NICE` or a `RLIMIT_NICE`.
pub(super) fn set_nice(nice: i32) {
    // SAFETY: no memory is passed.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) };
}

pub(super) fn timer_slack() -> i32 {
    // SAFETY: no memory is passed.
    unsafe { libc::prctl(libc::PR_GET_TIMERSLACK) }
}

pub(super) fn set_timer_slack(nanoseconds: i32) {
    // SAFETY: no memory is passed.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, libc::c_long::from(nanoseconds)) };
}

/// The handle, as a number to compare.
pub(super) fn locale() -> usize {
    // SAFETY: a null handle asks and changes nothing.
    unsafe { libc::uselocale(ptr::null_mut()) }.expose_provenance()
}

pub(super) fn set_locale(locale: usize) {
    // SAFETY: the handle was this thread's locale when the scope began; whoever annotates a fn with `restore(locale)`
    // keeps that locale until the fn returns, as the page of the attribute says.
    unsafe { libc::uselocale(ptr::with_exposed_provenance_mut(locale)) };
}

pub(super) fn set_name(name: &[u8; 16]) {
    // SAFETY: 16 bytes that end in a zero, as `name` read them.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) };
}

/// `0-3,6`: the bits that are set, numbered from `first`.
pub(super) struct Ranges<'a> {
    pub(super) words: &'a [u64],
    pub(super) first: usize,
}

impl Ranges<'_> {
    fn has(&self, bit: usize) -> bool {
        self.words.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }
}

impl fmt::Display for Ranges<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts =
            (0..self.words.len() * 64).filter(|bit| self.has(*bit) && (*bit == 0 || !self.has(bit - 1)));
        let mut separator = "";
        for start in starts {
            let length = (start..self.words.len() * 64).take_while(|bit| self.has(*bit)).count();
            let (low, high) = (start + self.first, start + self.first + length - 1);
            match length {
                1 => write!(f, "{separator}{low}")?,
                _ => write!(f, "{separator}{low}-{high}")?,
            }
            separator = ",";
        }
        if separator.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn numbers_in_a_row_are_one_range() {
        let shown = |words: &[u64], first| Ranges { words, first }.to_string();
        assert_eq!(shown(&[0], 0), "none");
        assert_eq!(shown(&[0b1], 0), "0");
        assert_eq!(shown(&[0b1], 1), "1");
        assert_eq!(shown(&[0b100_1111], 0), "0-3,6");
        assert_eq!(shown(&[1 << 63, 0b11], 0), "63-65");
        assert_eq!(shown(&[u64::MAX], 1), "1-64");
    }
}
