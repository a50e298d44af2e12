//! A perf event is a descriptor: the program is not to miss its own, nor to find one of them closed or read from.

use super::load;
use crate::support::forked::exit_status;
use hooks_service::profile::{CpuProfile, Source};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Why a child says that nothing was tested.
const NO_EVENTS: i32 = 77;

/// A profile by perf events, for which more is asked than the kernel ticks; `None` where there are none to be had.
fn by_events() -> Option<CpuProfile> {
    let running = CpuProfile::builder().hz(2_000).start().unwrap();
    let source = running.snapshot().unwrap().stats().unwrap().source;
    (source == Source::PerfEvents).then_some(running)
}

fn events() -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().map(|entry| fs::read_link(entry.unwrap().path()));
    links.filter(|link| link.as_ref().is_ok_and(|link| link.to_string_lossy().contains("perf_event"))).count()
}

fn limit_descriptors(most: u64) {
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: points to a local.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
}

fn idle_threads(count: usize) {
    for _ in 0..count {
        let park = || loop {
            thread::park();
        };
        thread::Builder::new().stack_size(64 * 1024).spawn(park).unwrap();
    }
}

fn tested(child: impl FnOnce() -> i32) {
    match exit_status(child) {
        0 => {}
        NO_EVENTS => println!("not tested: no perf events on this machine"),
        status => panic!("the child says {status}, see above"),
    }
}

#[test]
fn half_of_the_descriptors_and_all_that_it_comes_to_need_are_the_programs() {
    tested(|| {
        limit_descriptors(256);
        idle_threads(300);
        let Some(running) = by_events() else { return NO_EVENTS };
        let taken = events();
        assert!((50..=128).contains(&taken), "{taken}");
        let mut files: Vec<File> = (0..100).map(|_| File::open("/dev/null").unwrap()).collect();
        // The profiler's thread notices by and by.
        while events() > 0 {
            thread::sleep(Duration::from_millis(10));
        }
        files.extend((0..100).map(|_| File::open("/dev/null").unwrap()));
        load::burn(Duration::from_millis(200));
        let profile = running.stop().unwrap();
        load::assert_nothing_uncounted(&profile);
        assert!(load::weight(&profile, "burn") > 100, "by timers: {:?}", profile.comments());
        assert_eq!(profile.stats().unwrap().timers_for_events, 302, "{:?}", profile.comments());
        0
    });
}

/// As daemons do, which close what they do not know, and open files of their own in its place.
fn files_in_place_of_all(folder: &Path) -> Vec<(File, u64)> {
    // SAFETY: what is closed is used by nobody who owns it.
    assert_eq!(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }, 0);
    let files = (0..64).map(|number| File::create(folder.join(number.to_string())).unwrap());
    files.map(|file| (file.metadata().unwrap().ino(), file)).map(|(inode, file)| (file, inode)).collect()
}

fn assert_untouched(files: Vec<(File, u64)>) {
    for (file, inode) in files {
        let now = file.metadata().unwrap();
        assert_eq!((now.ino(), now.len()), (inode, 0), "{file:?}");
    }
}

#[test]
fn events_that_the_program_has_closed_are_made_anew_and_its_files_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    tested(|| {
        let Some(running) = by_events() else { return NO_EVENTS };
        let files = files_in_place_of_all(folder.path());
        let child = exit_status(|| 0);
        while events() == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        load::burn(Duration::from_millis(200));
        let profile = running.stop().unwrap();
        assert!(load::weight(&profile, "burn") > 100, "{:?}", profile.comments());
        assert_untouched(files);
        child
    });
}

/// Names are looked up in files, of which some stay for the next profile.
#[test]
fn files_that_the_program_opened_in_place_of_ours_are_not_closed() {
    let folder = tempfile::tempdir().unwrap();
    tested(|| {
        let profile = || {
            let running = CpuProfile::builder().start().unwrap();
            load::burn(Duration::from_millis(100));
            load::weight(&running.stop().unwrap(), "burn")
        };
        assert!(profile() > 0);
        let files = files_in_place_of_all(folder.path());
        // Names that nobody has asked for yet.
        let sort = |n: u64| (0..n).map(|n| n.to_string()).collect::<std::collections::BTreeSet<_>>();
        let running = CpuProfile::builder().start().unwrap();
        load::for_thread_time(Duration::from_millis(300), || drop(std::hint::black_box(sort(1000))));
        assert!(load::weight(&running.stop().unwrap(), "for_thread_time") > 0);
        assert_untouched(files);
        0
    });
}

/// A filter whose answer to `perf_event_open` is death, as systemd's is for a service with `SystemCallFilter=`.
fn forbid_perf_events() {
    let instruction =
        |code: u32, jt, jf, k| libc::sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let mut program = [
        instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        instruction(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            1,
            libc::SYS_perf_event_open.try_into().unwrap(),
        ),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: program.as_mut_ptr() };
    // SAFETY: points to locals.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let filter = libc::SECCOMP_MODE_FILTER;
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, filter, &raw const program), 0);
    }
}

#[test]
fn a_filter_that_kills_for_perf_events_does_not_kill() {
    let status = exit_status(|| {
        forbid_perf_events();
        let running = CpuProfile::builder().hz(2_000).start().unwrap();
        load::burn(Duration::from_millis(200));
        let profile = running.stop().unwrap();
        assert_eq!(profile.stats().unwrap().source, Source::Timers);
        assert!(profile.comments()[0].contains("filter"), "{:?}", profile.comments());
        assert!(load::weight(&profile, "burn") > 100);
        0
    });
    assert_eq!(status, 0);
}
