//! Faults that seldom happen, or not at a given moment: a thread may send itself a signal that looks like one. The emulator
//! takes such a signal for a fault of its own, and ends.

use super::{exit_33, install};
use crate::support::itself::emulator;
use crate::support::mapped::{mapped, page};
use std::ffi::c_int;

const BUS_ADRERR: c_int = 2;
const BUS_MCEERR_AR: c_int = 4;

child_tests! {
    broken_memory_in_a_slice_does_not_become_zeros: || {
        let (_file, map) = mapped(1);
        install(libc::SIGBUS, exit_33);
        hooks_runtime::fault::check_owner();
        let _ = map.with_slice(|bytes| forge(libc::SIGBUS, BUS_MCEERR_AR, bytes.as_ptr().addr()));
    }, |child| assert!(emulator().is_some() || child.0.status.code() == Some(33), "{:?}", child.0);

    a_page_that_is_lost_behind_another_does_not_hide_it: || {
        let (_file, map) = mapped(8);
        let fault = map.with_slice(|bytes| {
            for lost in [5, 2, 6] {
                forge(libc::SIGBUS, BUS_ADRERR, bytes[lost * page()..].as_ptr().addr());
            }
        });
        assert_eq!(fault.unwrap_err().offset, 2 * page());
        assert_eq!(map.get::<u8>(2 * page() - 1), Ok(7));
        assert!(map.get::<u8>(2 * page()).is_err());
    }, |child| if emulator().is_none() {
        child.ended_well();
    };
}

/// A `siginfo_t` of a fault.
#[repr(C)]
struct Info {
    signal: c_int,
    error: c_int,
    code: c_int,
    address: usize,
    rest: [u64; 13],
}

fn forge(signal: c_int, code: c_int, address: usize) {
    let info = Info { signal, error: 0, code, address, rest: [0; 13] };
    // SAFETY: as long as a `siginfo_t`. The kernel lets a thread say what it likes to itself.
    let sent = unsafe {
        libc::syscall(libc::SYS_rt_tgsigqueueinfo, libc::getpid(), libc::gettid(), signal, &raw const info)
    };
    assert_eq!(sent, 0);
}
