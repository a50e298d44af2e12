//! Stacks are whole when the leaf is in the C library, which is built without frame pointers. Go: `TestTimeVDSO`, for
//! the vdso too.

use super::load;
use hooks_runtime::labels;
use hooks_service::profile::{CpuProfile, Sample};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Most of the time in `malloc`, `free`, `memcpy` and formatting.
#[inline(never)]
fn works_in_libc() -> usize {
    let mut map = HashMap::new();
    for n in 0..400_u32 {
        map.insert(format!("key {n}"), vec![0_u8; 512 + n as usize]);
    }
    let copies: Vec<_> = map.values().cloned().collect();
    black_box(copies.iter().map(Vec::len).sum())
}

/// Almost all of the time in the vdso.
#[inline(never)]
fn asks_the_time() -> Duration {
    let start = Instant::now();
    for _ in 0..1000 {
        black_box(Instant::now());
    }
    start.elapsed()
}

/// What the library's function is.
type Late = extern "C" fn(*const u8) -> libc::c_ulong;

/// Calls a function of a library that was loaded after the profiler had started. It is short, so there is little else here, also
/// in a program that is not optimised.
#[inline(never)]
fn calls_a_late_library(function: Late) {
    let (bytes, mut left) = ([0, 0, 1, 2], 10_000);
    while left > 0 {
        function(bytes.as_ptr());
        function(bytes.as_ptr());
        function(bytes.as_ptr());
        function(bytes.as_ptr());
        left -= 1;
    }
    assert_eq!(black_box(function(bytes.as_ptr())), 258);
}

fn load_library() -> Late {
    // SAFETY: a library of the C library's without initialisers that could harm; the function reads four bytes.
    unsafe {
        let library = libc::dlopen(c"libresolv.so.2".as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null());
        let function = libc::dlsym(library, c"ns_get32".as_ptr());
        assert!(!function.is_null());
        std::mem::transmute::<*mut libc::c_void, Late>(function)
    }
}

/// Share of this thread's samples, in percent, that reach `profiled`, from which all of it is called; most of them by
/// `name`. How much the loop itself takes, which asks the time too, is a matter of the machine.
fn found(name: &str, work: impl FnMut()) -> f64 {
    let running = CpuProfile::builder().hz(250).start().unwrap();
    labels! { "work" => name }.scope(|| profiled(work));
    let profile = running.stop().unwrap();
    load::assert_nothing_uncounted(&profile);
    let ours = profile.filter("work", name).total();
    let (whole, by_name) = (load::weight(&profile, "profiled"), load::weight(&profile, name));
    println!("{name}: {by_name}, {whole} whole of {ours} periods; {:?}", profile.comments());
    assert!(ours > 100 && by_name * 2 > ours, "{by_name} of {ours}");
    load::ratio(whole, ours) * 100.0
}

#[inline(never)]
fn profiled(work: impl FnMut()) -> u32 {
    load::for_thread_time(Duration::from_secs(2), work);
    // Not a tail call, which would leave no frame.
    black_box(1)
}

/// In one test: the profiler is the process's.
#[test]
fn callers_are_found_when_the_leaf_is_in_libc_or_the_vdso() {
    let libc = found("works_in_libc", || _ = works_in_libc());
    let vdso = found("asks_the_time", || _ = asks_the_time());
    assert!(libc >= 97.0 && vdso >= 97.0, "{libc} {vdso}");
    a_library_that_is_loaded_later_is_unwound();
}

/// The profiler looks for libraries every 100 ms: the first samples may not show the caller.
fn a_library_that_is_loaded_later_is_unwound() {
    let running = CpuProfile::builder().hz(250).start().unwrap();
    let function = load_library();
    let caller = (calls_a_late_library as fn(Late)) as usize as u64;
    let target = function as usize as u64;
    let in_library = |sample: &&Sample| (target..target + 64).contains(&sample.stack()[0]);
    let shows_caller =
        |sample: &&Sample| sample.stack().get(1).is_some_and(|frame| (caller..caller + 2000).contains(frame));
    let (mut leaves, mut whole) = (0, 0);
    while leaves < 40 {
        load::for_thread_time(Duration::from_millis(500), || calls_a_late_library(function));
        let profile = running.snapshot().unwrap();
        let found = || profile.samples().iter().filter(in_library);
        leaves = found().map(|sample| profile.weight(sample)).sum::<u64>();
        whole = found().filter(shows_caller).map(|sample| profile.weight(sample)).sum::<u64>();
    }
    println!("{whole} of {leaves} samples in the library show its caller");
    load::assert_nothing_uncounted(&running.stop().unwrap());
    assert!(whole * 10 >= leaves * 7, "{whole} of {leaves}");
}
