//! What threads need: a signal stack, and a mask that lets faults through.

use super::{Child, install, recovers};
use crate::support::mapped::{mapped, truncate};
use hooks_runtime::fault::{self, GuardedMap};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

child_tests! {
    the_signal_stack_is_ours_and_goes_with_its_thread: || {
        recovers();
        let before = mappings().lines().count();
        for _ in 0..50 {
            thread::spawn(|| {
                recovers();
                let (start, size) = signal_stack();
                assert!(size >= 64 * 1024);
                assert!(may_not_be_touched(start - 1), "a page of guard");
            }).join().unwrap();
        }
        let after = mappings().lines().count();
        assert!(after < before + 50, "{before} mappings, then {after}");
    }, Child::ended_well;

    a_handler_of_another_signal_on_the_signal_stack_may_read: || {
        let (file, map) = mapped(1);
        truncate(&file, 0);
        MAP.set(map).unwrap();
        install(libc::SIGUSR1, read_map);
        thread::spawn(|| {
            fault::prepare_thread();
            // SAFETY: no memory is passed.
            unsafe { libc::raise(libc::SIGUSR1) };
        }).join().unwrap();
        assert_eq!(FAULTS.load(Ordering::Relaxed), 1);
    }, Child::ended_well;

    a_handler_that_interrupts_an_annotated_fn_has_the_error_and_no_panic: || {
        let (file, map) = mapped(1);
        truncate(&file, 0);
        let map = MAP.get_or_init(|| map);
        install(libc::SIGUSR1, use_map);
        interrupted(map);
        assert_eq!(FAULTS.load(Ordering::Relaxed), 5);
        // Where it is the fn itself that meets the fault, that is its panic.
        let own = fault::catch(std::panic::AssertUnwindSafe(|| own_fault(map)));
        assert_eq!(own.unwrap_err().offset, 0);
    }, Child::ended_well;

    on_the_signal_stack_in_use_nothing_is_changed: || {
        install(libc::SIGUSR1, prepare);
        thread::spawn(|| {
            let (before, _) = signal_stack();
            // SAFETY: no memory is passed.
            unsafe { libc::raise(libc::SIGUSR1) };
            assert_eq!(signal_stack().0, before);
            fault::prepare_thread();
            assert!(signal_stack().1 >= 64 * 1024, "but afterwards");
        }).join().unwrap();
    }, Child::ended_well;

    a_thread_that_blocks_all_signals_recovers: || {
        let (file, map) = mapped(1);
        truncate(&file, 0);
        let ways: [fn(&GuardedMap); 3] = [
            |_| fault::prepare_thread(),
            |_| drop(GuardedMap::map_anon(1).unwrap()),
            |map| assert!(map.with_slice(|bytes| bytes[0].get()).is_err()),
        ];
        for ready in ways {
            thread::scope(|scope| {
                scope.spawn(|| {
                    change_mask(libc::SIG_BLOCK, &(1..=64).collect::<Vec<_>>());
                    ready(&map);
                    assert!(map.get::<u64>(0).is_err());
                });
            });
        }
    }, Child::ended_well;
}

static MAP: OnceLock<GuardedMap> = OnceLock::new();
static FAULTS: AtomicU32 = AtomicU32::new(0);

/// With what the kernel puts there for two signals, more than std's 8 KiB.
extern "C" fn read_map(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    let mut room = [0_u8; 6 * 1024];
    std::hint::black_box(&mut room);
    let is_fault = MAP.get().unwrap().in_handler().get::<u64>(0).is_err();
    FAULTS.fetch_add(u32::from(is_fault), Ordering::Relaxed);
}

#[hooks_runtime::panic_on_fault(map)]
fn interrupted(map: &GuardedMap) {
    // SAFETY: no memory is passed.
    unsafe { libc::raise(libc::SIGUSR1) };
}

#[hooks_runtime::panic_on_fault(map)]
fn own_fault(map: &GuardedMap) {
    let _ = map.get::<u64>(0);
}

extern "C" fn use_map(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    let map = MAP.get().unwrap().in_handler();
    let mut room = [0; 200];
    let outcomes = [
        map.get::<u64>(0).is_err(),
        map.read_at(0, &mut room).is_err(),
        map.write_at(0, &room).is_err(),
        map.set(0, 1_u32).is_err(),
        map.get::<u64>(usize::MAX).is_err(),
    ];
    FAULTS.fetch_add(outcomes.iter().map(|is_err| u32::from(*is_err)).sum(), Ordering::Relaxed);
}

extern "C" fn prepare(_: c_int, _: *mut libc::siginfo_t, _: *mut c_void) {
    fault::prepare_thread();
}

pub(crate) fn change_mask(how: c_int, signals: &[c_int]) {
    // SAFETY: a local set, and this thread's own mask.
    unsafe {
        let mut set = std::mem::zeroed();
        for signal in signals {
            libc::sigaddset(&raw mut set, *signal);
        }
        assert_eq!(libc::pthread_sigmask(how, &raw const set, std::ptr::null_mut()), 0);
    }
}

fn mappings() -> String {
    std::fs::read_to_string("/proc/self/maps").unwrap()
}

fn may_not_be_touched(address: usize) -> bool {
    mappings().lines().any(|line| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| usize::from_str_radix(text, 16).unwrap());
        (start..end).contains(&address) && rest.starts_with("---")
    })
}

/// Where it starts, and how long it is.
fn signal_stack() -> (usize, usize) {
    let mut stack = libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: asks, and sets nothing.
    assert_eq!(unsafe { libc::sigaltstack(std::ptr::null(), &raw mut stack) }, 0);
    let size = if stack.ss_flags & libc::SS_DISABLE == 0 { stack.ss_size } else { 0 };
    (stack.ss_sp.addr(), size)
}
