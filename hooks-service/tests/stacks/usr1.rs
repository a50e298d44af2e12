//! Dumps on a signal.

use super::crowd::Crowd;
use super::{dump, named, until, until_in};
#[cfg(target_arch = "x86_64")]
use super::{functions, in_a_child};
use hooks_service::stacks::{Error, OnSignal, State, Target, on_signal};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

fn send() {
    // SAFETY: a signal to this process, which is handled.
    assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) }, 0);
}

fn files(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
#[cfg(target_arch = "x86_64")]
fn ten_thousand_requests_are_one_dump_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    // For what is still on its way at the end.
    let handler = previous as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that counts.
    unsafe { libc::signal(libc::SIGUSR1, handler) };
    let requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    assert!(files(&folder).is_empty() && is_open_ahead(&folder));
    let served = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| (0..10_000).for_each(|_| send()));
        while !sender.is_finished() {
            served.fetch_add(1, Ordering::Relaxed);
            std::thread::yield_now();
        }
    });
    assert!(served.load(Ordering::Relaxed) > 0);
    // The kernel may have merged all into one, on a machine that has no time for this process.
    until(|| {
        send();
        requests.counts().received > 1
    });
    until(|| {
        let counts = requests.counts();
        assert_eq!(counts.written + counts.left_out + counts.failed + counts.under_way, counts.received);
        counts.written == 1 && counts.under_way == 0
    });
    assert!(requests.counts().left_out > 0 && requests.last_error().is_none());
    assert!(is_open_ahead(&folder), "the next one");
    let dumps = files(&folder);
    assert_eq!(dumps.len(), 1, "{dumps:?}");
    let text = std::fs::read_to_string(&dumps[0]).unwrap();
    assert!(text.contains("\"hooks-stacks\" [running]") && text.contains("stacks::usr1::"), "{text}");
    // As long as it takes to show that it is not a matter of a moment.
    std::thread::sleep(Duration::from_millis(300));
    let before = requests.counts();
    until(|| {
        send();
        requests.counts().left_out > before.left_out
    });
    assert_eq!(requests.counts().written, 1, "once in 30 seconds");
    requests.stop();
    assert!(files(&folder) == dumps && !is_open_ahead(&folder), "what was opened ahead is gone");
}

/// Whether a file without a name is open in the folder.
#[cfg(target_arch = "x86_64")]
fn is_open_ahead(folder: &tempfile::TempDir) -> bool {
    let folder = folder.path().canonicalize().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap();
    let mut targets = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    targets.any(|target| target.starts_with(&folder) && target.to_str().unwrap().ends_with("(deleted)"))
}

#[test]
#[cfg(target_arch = "x86_64")]
fn the_thread_that_writes_is_modest() {
    let folder = tempfile::tempdir().unwrap();
    let _requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    let about = |tid: u32| {
        let status = std::fs::read_to_string(format!("/proc/self/task/{tid}/status")).unwrap();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap().trim().to_owned();
        // SAFETY: takes numbers. No thread of ours has the one that means an error.
        let nice = unsafe { libc::getpriority(libc::PRIO_PROCESS, tid) };
        (u64::from_str_radix(&blocked, 16).unwrap() >> (libc::SIGUSR1 - 1) & 1, nice)
    };
    until(|| dump().threads().iter().any(|thread| thread.name() == "hooks-stacks"));
    let id = named(&dump(), "hooks-stacks").id();
    // SAFETY: always succeeds.
    let own = unsafe { libc::gettid() }.cast_unsigned();
    until(|| about(id).0 == 1);
    until(|| about(id).1 == (about(own).1 + 10).min(19));
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_request_to_a_forked_child_is_not_its_parents() {
    let folder = tempfile::tempdir().unwrap();
    let requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    in_a_child(|| {
        send();
        requests.counts().received == 1
    });
    send();
    until(|| requests.counts().written == 1);
    let counts = requests.counts();
    assert_eq!((counts.received, counts.left_out), (1, 0), "{counts:?}");
    assert_eq!(files(&folder).len(), 1);
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn a_request_interrupts_what_the_kernel_cannot_restart_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    let crowd = Crowd::new(3);
    let waiting = |name: &str, function| named(&until_in(name, function), name).id();
    let (reads, polls) = (waiting("read-0", "wait_in_read"), waiting("poll-2", "wait_in_poll"));
    let interrupted = |way: usize| crowd.shared.interrupted[way].load(Ordering::Relaxed);
    for count in 1..=5 {
        until(|| named(&dump(), "read-0").state() == State::Sleeping);
        send_to(reads);
        until(|| requests.counts().received == count);
    }
    until(|| requests.counts().under_way == 0);
    let before = interrupted(2);
    until(|| {
        send_to(polls);
        interrupted(2) > before
    });
    assert_eq!(interrupted(0), 0);
}

/// A request to one thread.
fn send_to(tid: u32) {
    // SAFETY: a signal to a thread of this process, which is handled.
    assert_eq!(unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, libc::SIGUSR1) }, 0);
}

#[test]
fn a_longest_interval_is_no_second_dump() {
    let folder = tempfile::tempdir().unwrap();
    let set_up = OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::MAX);
    let requests = set_up.start().unwrap();
    send();
    until(|| requests.counts().written == 1);
    send();
    until(|| requests.counts().left_out == 1);
    requests.stop();
}

/// Puts `file` in the place of a descriptor, until it is dropped.
struct Replaced(libc::c_int, libc::c_int);

impl Replaced {
    fn new(number: libc::c_int, file: &impl AsRawFd) -> Self {
        // SAFETY: the descriptor is put back.
        unsafe {
            let kept = libc::dup(number);
            assert!(kept >= 0 && libc::dup2(file.as_raw_fd(), number) == number);
            Self(number, kept)
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // SAFETY: as it was.
        unsafe {
            libc::dup2(self.1, self.0);
            libc::close(self.1);
        }
    }
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
#[cfg(target_arch = "x86_64")]
fn an_error_stream_that_nobody_reads_holds_nobody_up() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let stderr = Replaced::new(2, &writer);
    let requests = on_signal(libc::SIGUSR1, Target::stderr()).unwrap();
    drop(stderr);
    // SAFETY: a size that is allowed; the pipe is filled up.
    assert_eq!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) }, 4096);
    std::io::Write::write_all(&mut writer, &[b' '; 4096]).unwrap();
    send();
    until(|| requests.counts().received == 1);
    // A dump for itself: until the writing thread has taken its own, it may be busy.
    until(|| {
        functions(&dump(), named(&dump(), "hooks-stacks")).iter().any(|name| name.contains("PatientWriter"))
    });
    requests.stop();
    drop(reader);
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
#[cfg(target_arch = "x86_64")]
fn a_process_without_descriptors_is_dumped() {
    let folder = tempfile::tempdir().unwrap();
    let requests =
        OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO).start().unwrap();
    let limit = limit_descriptors(64);
    let all: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    let dumped = |number| {
        send();
        until(|| requests.counts().received == number && requests.counts().under_way == 0);
        assert_eq!(requests.counts().written, number, "{:?}", requests.last_error());
    };
    (1..=3).for_each(dumped);
    drop(all);
    for file in files(&folder) {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains("\"hooks-stacks\" [running]") && text.contains("stacks::usr1::"), "{text}");
    }
    // Not even the spare one.
    let before = files(&folder);
    limit_descriptors(3);
    dumped(4);
    limit_descriptors(limit);
    let mut new = files(&folder);
    new.retain(|file| !before.contains(file));
    let text = std::fs::read_to_string(&new[0]).unwrap();
    assert!(text.contains(" \"?\" [other]") && text.contains("a_process_without_descriptors"), "{text}");
    dumped(5);
}

/// Returns the former limit.
#[cfg(target_arch = "x86_64")]
fn limit_descriptors(number: libc::rlim_t) -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: reads and writes a local; the soft limit is this process's own.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        let new = libc::rlimit { rlim_cur: number, ..limit };
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const new), 0);
    }
    limit.rlim_cur
}

static CHAINED: AtomicU64 = AtomicU64::new(0);

extern "C" fn previous(_: libc::c_int) {
    CHAINED.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn an_earlier_handler_is_called_too_and_comes_back() {
    let handler = previous as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: a handler that counts.
    unsafe { libc::signal(libc::SIGUSR1, handler) };
    let folder = tempfile::tempdir().unwrap();
    let set_up = || OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO);
    let requests = set_up().start().unwrap();
    assert!(matches!(set_up().start(), Err(Error::AlreadySetUp)));
    for number in 1..=3 {
        send();
        until(|| requests.counts().written == number);
    }
    until(|| CHAINED.load(Ordering::Relaxed) == 3);
    requests.stop();
    send();
    until(|| CHAINED.load(Ordering::Relaxed) == 4);
    assert_eq!(files(&folder).len(), 3);
    let again = set_up().start().unwrap();
    send();
    until(|| again.counts().written == 1);
    assert_eq!(again.counts().received, 1);
    until(|| CHAINED.load(Ordering::Relaxed) == 5);
}

#[test]
fn a_signal_that_was_given_up_under_another_handler_asks_for_nothing() {
    let on = |signal| OnSignal::new(signal, Target::stderr()).interval(Duration::ZERO).start().unwrap();
    let first = on(libc::SIGUSR1);
    let seen = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR1, Arc::clone(&seen)).unwrap();
    first.stop();
    let second = on(libc::SIGUSR2);
    // Through theirs it comes to us, and is not what is asked by now.
    send();
    until(|| seen.load(Ordering::Relaxed));
    assert_eq!(second.counts().received, 0);
    second.stop();
    // Over theirs, and once.
    let third = on(libc::SIGUSR1);
    send();
    until(|| third.counts().written == 1);
    assert_eq!(third.counts().received, 1);
}

/// It has the handler, and the descriptor by which the thread of its parent wakes.
#[test]
fn a_forked_child_asks_its_parent_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let requests = on_signal(libc::SIGUSR1, Target::dir(folder.path())).unwrap();
    // SAFETY: the child makes system calls only.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: takes numbers; the handler is async-signal-safe.
        unsafe {
            libc::raise(libc::SIGUSR1);
            libc::_exit(0)
        }
    }
    // SAFETY: no memory is passed.
    assert_eq!(unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) }, child);
    send();
    until(|| requests.counts().written == 1);
    send();
    until(|| requests.counts().left_out > 0);
    // If there were one more to be left out it would follow at once.
    std::thread::sleep(Duration::from_millis(50));
    let counts = requests.counts();
    assert_eq!((counts.received, counts.written, counts.left_out), (2, 1, 1));
}

/// It stops what it has of its parent's, and then its own.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_forked_child_stops_nothing_of_its_parent() {
    // SAFETY: a handler that counts.
    unsafe { libc::signal(libc::SIGUSR1, previous as extern "C" fn(libc::c_int) as libc::sighandler_t) };
    let folder = tempfile::tempdir().unwrap();
    let target = || Target::dir(folder.path());
    let requests = on_signal(libc::SIGUSR1, target()).unwrap();
    in_a_child(|| {
        // SAFETY: in this process nobody uses it after this.
        unsafe { std::ptr::read(&raw const requests) }.stop();
        send();
        on_signal(libc::SIGUSR1, target()).is_ok_and(|own| {
            own.stop();
            true
        })
    });
    // If the thread had been woken its dump would be there soon.
    std::thread::sleep(Duration::from_millis(50));
    let counts = requests.counts();
    assert_eq!((counts.received, counts.written, counts.under_way), (0, 0, 0), "{counts:?}");
    send();
    until(|| requests.counts().written == 1);
    requests.stop();
}

#[test]
fn what_cannot_be_written_is_counted_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let stderr = Replaced::new(2, &writer);
    let set_up = OnSignal::new(libc::SIGUSR1, Target::dir(folder.path())).interval(Duration::ZERO);
    let requests = set_up.start().unwrap();
    drop((stderr, writer));
    std::fs::remove_dir_all(folder.path()).unwrap();
    send();
    until(|| requests.counts().failed == 1);
    assert!(requests.last_error().unwrap().starts_with("write failed: No such file"));
    requests.stop();
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("hooks: no stack dump: write failed: No such file"), "{said}");
    dump();
}

#[test]
fn faults_and_folders_that_are_not_there_are_refused() {
    for signal in [libc::SIGSEGV, libc::SIGKILL, 0, 200] {
        assert!(matches!(on_signal(signal, Target::stderr()), Err(Error::Signal { .. })), "{signal}");
    }
    let nowhere = on_signal(libc::SIGUSR1, Target::dir("/nowhere/at/all"));
    assert!(matches!(nowhere, Err(Error::Kernel { call: "open", .. })));
    on_signal(libc::SIGUSR1, Target::stderr()).unwrap().stop();
}

/// As daemons do, which close what they do not know, and open files of their own in its place.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_program_that_closes_all_descriptors_has_its_dumps_and_keeps_its_files() {
    let (dumps, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let requests =
        OnSignal::new(libc::SIGUSR1, Target::dir(dumps.path())).interval(Duration::ZERO).start().unwrap();
    // SAFETY: what is closed is used by nobody who owns it.
    assert_eq!(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }, 0);
    let create = |number: u32| std::fs::File::create(own.path().join(number.to_string())).unwrap();
    let programs: Vec<_> = (0..128).map(create).collect();
    for number in 1..3 {
        send();
        until(|| requests.counts().written + requests.counts().failed == number);
    }
    assert_eq!((requests.last_error(), files(&dumps).len()), (None, 2));
    requests.stop();
    for file in programs {
        assert_eq!(file.metadata().unwrap().len(), 0, "{file:?}");
    }
}
