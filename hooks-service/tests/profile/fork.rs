//! A forked child is not sampled, and can take a profile of its own. Go: `TestCPUProfileWithFork`.

use super::load;
use crate::support::forked::exit_status;
use hooks_service::profile::{CpuProfile, Error, SamplerError};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Exit status of the child: which promise was broken, 0 for none, 99 for what it has panicked with.
fn child(parents: CpuProfile) -> i32 {
    if !matches!(parents.snapshot(), Err(Error::Sampler(SamplerError::Forked { .. }))) {
        return 1;
    }
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
    let mut targets = descriptors.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    if targets.any(|target| target.to_string_lossy().contains("perf_event")) {
        return 7;
    }
    // No timers are inherited, and none must be wrongly set: a sample here would be one too many.
    load::burn(Duration::from_millis(100));
    drop(parents);
    let Ok(own) = CpuProfile::builder().start() else { return 2 };
    let burnt = load::burn(Duration::from_millis(300));
    let Ok(profile) = own.stop() else { return 3 };
    load::assert_nothing_uncounted(&profile);
    load::assert_time(&profile, profile.total(), burnt, "the child's own");
    let Ok(status) = Command::new("true").status() else { return 5 };
    if status.success() { 0 } else { 6 }
}

fn profile_survives(hz: u32) {
    let running = CpuProfile::builder().hz(hz).start().unwrap();
    let before = load::burn(Duration::from_millis(200));
    // The child gets a bitwise copy of the handle, as any child gets of all memory; the parent's is used below.
    // SAFETY: in the child only the copy is used, and the child ends without running the parent's destructors.
    let status = exit_status(|| child(unsafe { std::ptr::read(&raw const running) }));
    assert_eq!(status, 0, "at {hz} Hz");
    for _ in 0..20 {
        assert!(Command::new("true").status().unwrap().success());
    }
    let after = load::burn(Duration::from_millis(200));
    let profile = running.stop().unwrap();
    load::assert_nothing_uncounted(&profile);
    load::assert_time(&profile, load::weight(&profile, "burn"), before + after, "the parent's");
}

#[test]
fn children_are_not_sampled_and_can_profile_themselves() {
    profile_survives(100);
    // With perf events where they are allowed: their descriptors are inherited.
    profile_survives(999);
}

/// What one thread of the parent has in hand at the fork, nobody in the child gives back.
#[test]
fn a_child_forked_while_names_are_looked_up_looks_them_up_too() {
    let profile = || {
        let running = CpuProfile::builder().start().unwrap();
        load::burn(Duration::from_millis(100));
        running.stop().unwrap()
    };
    let (parents, done) = (profile(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    parents.write_folded(std::io::sink()).unwrap();
                }
            });
        }
        for _ in 0..4 {
            let status = exit_status(|| {
                // SAFETY: takes a number. A child that waits is ended.
                unsafe { libc::alarm(120) };
                i32::from(load::weight(&profile(), "burn") == 0)
            });
            assert_eq!(status, 0);
        }
        done.store(true, Ordering::Relaxed);
    });
}
