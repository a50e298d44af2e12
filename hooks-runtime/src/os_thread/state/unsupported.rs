//! Other systems than Linux: nothing is read and nothing put back; what runs where is the same.

use std::{fmt, io};

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::os_thread) struct CpuSet;

impl CpuSet {
    pub(in crate::os_thread) const ALL: CpuSet = CpuSet;

    pub(in crate::os_thread) fn one(_cpu: usize) -> Option<CpuSet> {
        None
    }
}

impl fmt::Display for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown on this system")
    }
}

pub(in crate::os_thread) fn set_affinity(_set: &CpuSet) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn affinity() -> CpuSet {
    CpuSet
}

pub(super) fn signal_mask() -> u64 {
    0
}

pub(super) fn set_signal_mask(_mask: u64) {}

pub(super) fn nice() -> i32 {
    0
}

pub(super) fn set_nice(_nice: i32) {}

pub(super) fn timer_slack() -> i32 {
    0
}

pub(super) fn set_timer_slack(_nanoseconds: i32) {}

pub(super) fn locale() -> usize {
    0
}

pub(super) fn set_locale(_locale: usize) {}

pub(super) fn name() -> [u8; 16] {
    [0; 16]
}

pub(super) fn set_name(_name: &[u8; 16]) {}

pub(in crate::os_thread) fn thread_id() -> i32 {
    0
}
