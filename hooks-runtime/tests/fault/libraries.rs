//! Libraries that take signals when they are loaded, and are unloaded again.

use super::{Child, exit_33, install, install_with, recovers};
use crate::support::mapped::page;
use hooks_runtime::fault::{self, GuardedMap};
use std::ffi::{CStr, c_void};

child_tests! {
    the_library_of_a_handler_that_we_hand_on_to_stays: || {
        recovers();
        let library = Library::load();
        library.takes_faults();
        assert_eq!(fault::check_owner().len(), 1);
        library.unload();
        assert!(library.is_loaded());
    }, Child::ended_well;

    so_does_that_of_a_handler_that_was_there_before_us: || {
        let library = Library::load();
        library.takes_faults();
        GuardedMap::map_anon(1).unwrap();
        library.unload();
        assert!(library.is_loaded());
    }, Child::ended_well;

    a_library_without_a_handler_goes: || {
        let library = Library::load();
        GuardedMap::map_anon(1).unwrap();
        library.unload();
        assert!(!library.is_loaded(), "else the tests above would prove nothing");
    }, Child::ended_well;

    who_steps_in_front_with_a_library_is_found_at_once: || {
        let map = GuardedMap::map_anon(page()).unwrap();
        let enter = || map.with_slice(<[_]>::len).unwrap();
        // The clock finds it too, when its second ends: a round within one second shows that it was the library.
        for round in 1.. {
            let second = coarse_second();
            for _ in 0..64 {
                enter();
            }
            let library = Library::load();
            install(libc::SIGBUS, exit_33);
            for _ in 0..64 {
                enter();
            }
            assert!(fault::counts().displaced == round || coarse_second() != second);
            if coarse_second() == second {
                break;
            }
            fault::check_owner();
            library.unload();
        }
    }, Child::ended_well;
}

struct Library {
    name: &'static CStr,
    handle: *mut c_void,
}

impl Library {
    /// One of glibc's that no Rust program has.
    fn load() -> Library {
        let names = [c"libresolv.so.2", c"libBrokenLocale.so.1", c"libanl.so.1", c"libthread_db.so.1"];
        let name = names.into_iter().find(|name| find(name, libc::RTLD_NOLOAD).is_null()).unwrap();
        let handle = find(name, 0);
        assert!(!handle.is_null(), "{name:?}");
        Library { name, handle }
    }

    /// As its constructor might. The address is in the library; it is never called.
    fn takes_faults(&self) {
        // SAFETY: a handle begins with the address that the library was loaded at: glibc has it so.
        let address = unsafe { *self.handle.cast::<libc::sighandler_t>() };
        install_with(libc::SIGSEGV, address, 0, &[]);
    }

    fn unload(&self) {
        // SAFETY: once for each load, and nothing of it is in use.
        assert_eq!(unsafe { libc::dlclose(self.handle) }, 0);
    }

    fn is_loaded(&self) -> bool {
        !find(self.name, libc::RTLD_NOLOAD).is_null()
    }
}

fn find(name: &CStr, flags: i32) -> *mut c_void {
    // SAFETY: glibc's libraries may be loaded at any time.
    unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | flags) }
}

fn coarse_second() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    now.tv_sec
}
