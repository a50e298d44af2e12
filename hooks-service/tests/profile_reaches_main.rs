//! Stacks are whole when the leaf is in the C library, which is built without frame pointers. Go: `TestTimeVDSO`, for the vdso too.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod load;

use hooks_service::profile::CpuProfile;
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

/// Share of the samples, in percent, that show the function that was running.
fn found(name: &str, work: impl Fn()) -> f64 {
    let running = CpuProfile::builder().hz(250).start().unwrap();
    load::for_thread_time(Duration::from_secs(2), work);
    let profile = running.stop().unwrap();
    load::assert_nothing_uncounted(&profile);
    let percent = load::share(&profile, name) * 100.0;
    println!("{name}: {percent:.2} % of {} periods; {:?}", profile.total(), profile.comments());
    percent
}

/// The rest is this test's own loop and the profiler's thread.
#[test]
fn callers_are_found_when_the_leaf_is_in_libc_or_the_vdso() {
    let libc = found("works_in_libc", || _ = works_in_libc());
    let vdso = found("asks_the_time", || _ = asks_the_time());
    assert!(libc >= 97.0 && vdso >= 97.0, "{libc} {vdso}");
}
