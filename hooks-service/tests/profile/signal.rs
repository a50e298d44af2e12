//! The profiler and the rest of the process share a signal: what the handler interrupts finds its `errno` as it was, and a
//! profile from which samples are missing says so.

use super::load;
use hooks_service::profile::{CpuProfile, Profile};
use std::ffi::c_int;
use std::thread;
use std::time::Duration;

fn said(profile: &Profile, what: &str) -> bool {
    profile.comments().iter().any(|comment| comment.contains(what))
}

extern "C" fn foreign(_: c_int) {}

/// Installs a handler as another profiler would.
fn take_over(handler: libc::sighandler_t) {
    // SAFETY: `foreign` does nothing, and neither does SIG_IGN.
    assert_ne!(unsafe { libc::signal(libc::SIGPROF, handler) }, libc::SIG_ERR);
}

fn a_signal_that_is_taken_over_is_told() {
    let running = CpuProfile::builder().start().unwrap();
    load::burn(Duration::from_millis(100));
    assert!(!said(&running.snapshot().unwrap(), "not ours"));
    take_over(foreign as extern "C" fn(c_int) as libc::sighandler_t);
    load::burn(Duration::from_millis(300));
    // The profiler's thread notices by and by.
    let noticed = (0..500).any(|_| {
        load::burn(Duration::from_millis(10));
        said(&running.snapshot().unwrap(), "not ours")
    });
    assert!(noticed);
    let profile = running.stop().unwrap();
    println!("taken over: {:?}", profile.comments());
    assert!(said(&profile, "SIGPROF had a handler that is not ours"));
    let stats = profile.stats().unwrap();
    assert!(stats.seen_time() < stats.processor_time / 2, "most of it is missing, and it shows: {stats:?}");
    // At the end only.
    take_over(libc::SIG_IGN);
    let running = CpuProfile::builder().start().unwrap();
    take_over(foreign as extern "C" fn(c_int) as libc::sighandler_t);
    assert!(said(&running.stop().unwrap(), "not ours"), "taken over just before the end");
    take_over(libc::SIG_IGN);
}

/// What is missing of a profile beside a thread that blocks the signal, or does not, and has ended when the profile is
/// stopped.
fn a_thread_that_blocks_the_signal_is_told() {
    for blocks in [false, true] {
        let running = CpuProfile::builder().start().unwrap();
        let work = move || {
            if blocks {
                load::mask_sigprof(libc::SIG_BLOCK);
            }
            load::burn(Duration::from_secs(1))
        };
        let burnt = thread::spawn(work).join().unwrap();
        let profile = running.stop().unwrap();
        println!("blocked: {blocks}, {:?}", profile.comments());
        let missed = profile.stats().unwrap().missed;
        assert_eq!(said(&profile, "threads that block SIGPROF"), blocks, "{:?}", profile.comments());
        if blocks {
            // It had no timer of its own until it was noticed, and its last moments are nobody's.
            assert!(missed.blocked > burnt / 2 && missed.blocked <= burnt, "{missed:?} of {burnt:?}");
        } else {
            assert_eq!(missed.blocked, Duration::ZERO);
        }
    }
}

/// Code without unwind information whose frame pointer leads to no memory: the handler asks the kernel for a word there,
/// and its refusal sets `errno`.
#[cfg(target_arch = "x86_64")]
mod lost {
    /// Counts its argument down to nothing, with 2^54 in the frame pointer and its own address where a return address would be.
    const CODE: [u8; 31] = [
        0x48, 0x89, 0xe8, // mov rax, rbp
        0x48, 0x8d, 0x0d, 0, 0, 0, 0,    // lea rcx, [rip]
        0x51, // push rcx
        0x48, 0xbd, 0, 0, 0, 0, 0, 0, 0x40, 0, // mov rbp, 1 << 54
        0x48, 0xff, 0xcf, // again: dec rdi
        0x75, 0xfb, // jnz again
        0x59, // pop rcx
        0x48, 0x89, 0xc5, // mov rbp, rax
        0xc3, // ret
    ];

    /// That code, in memory of its own that stays.
    pub(crate) fn code() -> extern "C" fn(u64) {
        // SAFETY: a new mapping that is filled, made executable and never unmapped; the code is a function of this type
        // that keeps the registers that are its caller's.
        unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let memory =
                libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            assert_ne!(memory, libc::MAP_FAILED);
            memory.cast::<[u8; CODE.len()]>().write(CODE);
            assert_eq!(libc::mprotect(memory, 4096, libc::PROT_READ | libc::PROT_EXEC), 0);
            std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64)>(memory)
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn errno_is_as_it_was() {
    /// No system call says this.
    const MINE: c_int = 4321;
    let lost = lost::code();
    let running = CpuProfile::builder().hz(1000).start().unwrap();
    load::for_thread_time(Duration::from_millis(500), || {
        // SAFETY: the address of this thread's errno.
        unsafe { *libc::__errno_location() = MINE };
        lost(5_000_000);
        // SAFETY: as above.
        assert_eq!(unsafe { *libc::__errno_location() }, MINE);
    });
    let profile = running.stop().unwrap();
    let cut = profile.samples().iter().filter(|sample| sample.stack().len() <= 2);
    let cut: u64 = cut.map(|sample| profile.weight(sample)).sum();
    println!("{cut} of {} periods in code without a way back, {:?}", profile.total(), profile.comments());
    assert!(cut > 100, "the handler was not led astray");
}

/// In one test: the profiler is the process's.
#[test]
fn the_signal_is_shared_with_care() {
    #[cfg(target_arch = "x86_64")]
    errno_is_as_it_was();
    a_thread_that_blocks_the_signal_is_told();
    a_signal_that_is_taken_over_is_told();
}
