//! The flight recorder: what a snapshot has, and what trips it.

use crate::support::forked::{ended, exit_status};
use hooks_runtime::trace::{is_on, log, observe::test, region, task};
use hooks_service::trace::{Error, FlightCounts, FlightRecorder, FlightRecorderBuilder, Trace};
use std::fs;
use std::path::Path;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

fn written(snapshot: &hooks_service::trace::Snapshot) -> Vec<u8> {
    let mut file = Vec::new();
    snapshot.write(&mut file).unwrap();
    file
}

fn has(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_snapshot_has_what_was_recorded_and_says_from_when_on() {
    let started = SystemTime::now();
    let recorder = FlightRecorder::builder().start().unwrap();
    log("test", "the first words");
    let snapshot = recorder.snapshot().unwrap();
    log("test", "too late");
    let (from, to) = snapshot.covers();
    // The clock of the day may be set meanwhile, by a little.
    assert!(from + Duration::from_secs(5) >= started && from <= to, "{from:?} {to:?}");
    assert_eq!((snapshot.events(), snapshot.dropped()), (1, 0));
    let file = written(&snapshot);
    assert!(has(&file, "the first words") && !has(&file, "too late"));
    assert_eq!(file, written(&snapshot), "as often as one likes");
    assert!(has(&written(&recorder.snapshot().unwrap()), "too late"));
    recorder.stop();
    assert!(!is_on());
}

#[test]
fn no_more_bytes_than_it_may_have_and_those_are_the_last() {
    for max_bytes in [1 << 18, 1 << 20] {
        let recorder = FlightRecorder::builder().max_bytes(max_bytes).start().unwrap();
        // More of a file than of memory: each name is a new one.
        (0..60_000).for_each(|turn| log(&format!("category {turn}"), format_args!("message {turn}")));
        let snapshot = recorder.snapshot().unwrap();
        let file = written(&snapshot);
        assert!(file.len() as u64 <= max_bytes, "{} of {max_bytes}", file.len());
        assert!(has(&file, "message 59999") && !has(&file, "message 1000") && snapshot.events() > 100);
    }
}

#[test]
fn what_was_open_does_not_take_all_the_place() {
    let recorder = FlightRecorder::builder().max_bytes(1 << 18).start().unwrap();
    let name = "waiting, and nothing happens ".repeat(4).leak();
    let mut tasks: Vec<_> = (0..2000).map(|_| Box::pin(task(name, std::future::pending::<()>()))).collect();
    let mut context = Context::from_waker(Waker::noop());
    for task in &mut tasks {
        assert!(task.as_mut().poll(&mut context).is_pending());
    }
    (0..100).for_each(|turn| log("test", format_args!("message {turn}")));
    let snapshot = recorder.snapshot().unwrap();
    let file = written(&snapshot);
    assert!(file.len() <= 1 << 18 && snapshot.events() > 50, "{} of {}", file.len(), snapshot.events());
    assert!(has(&file, "message 99") && has(&file, " spans that were open"));
}

#[test]
fn nothing_older_than_it_may_be_but_what_was_open() {
    let recorder = FlightRecorder::builder().min_age(Duration::from_millis(300)).start().unwrap();
    region("closed long ago", || log("test", "old words"));
    region("still open", || {
        std::thread::sleep(Duration::from_millis(400));
        log("test", "new words");
        let snapshot = recorder.snapshot().unwrap();
        let file = written(&snapshot);
        assert!(has(&file, "still open"));
        assert!(!has(&file, "closed long ago") && !has(&file, "old words"));
        let (from, to) = snapshot.covers();
        assert_eq!(to.duration_since(from).unwrap(), Duration::from_millis(300));
        // Where the machine was busy, it is too old by now.
        assert_eq!(has(&file, "new words"), snapshot.events() == 2);
    });
}

#[test]
fn there_is_one_at_a_time_and_a_trace_beside_it() {
    let recorder = FlightRecorder::builder().start().unwrap();
    let second = FlightRecorder::builder().start().unwrap_err();
    assert!(matches!(second, Error::AlreadyRuns { what: "flight recorder" }), "{second}");
    (0..10).for_each(test);
    let trace = Trace::builder().start(std::io::sink()).unwrap();
    (0..5).for_each(test);
    assert_eq!(trace.stop().unwrap().events, 5, "from its start on");
    (0..3).for_each(test);
    assert_eq!(recorder.snapshot().unwrap().events(), 18);
    let trace = Trace::builder().start(std::io::sink()).unwrap();
    recorder.stop();
    assert!(is_on(), "the last one stops it");
    trace.stop().unwrap();
    assert!(!is_on());
}

fn builder(folder: &Path) -> FlightRecorderBuilder {
    FlightRecorder::builder().directory(folder).name("shop")
}

/// The triggers of the files, in order.
fn triggers(folder: &Path) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|entry| name(entry.unwrap())).collect();
    names.sort();
    let trigger = |name: &String| {
        let name = name.strip_prefix("shop-").unwrap().strip_suffix(".pftrace").unwrap();
        name.split_once('-').unwrap().1.to_owned()
    };
    names.iter().map(trigger).collect()
}

fn counts(written: u64, left_out: u64) -> FlightCounts {
    let mut counts = FlightCounts::default();
    (counts.written, counts.left_out) = (written, left_out);
    counts
}

fn wait_until(mut done: impl FnMut() -> bool) {
    while !done() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_trigger_writes_a_file_and_those_that_come_too_soon_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).start().unwrap();
    log("test", "what went wrong");
    for _ in 0..5 {
        recorder.trigger("checkout").unwrap();
    }
    wait_until(|| recorder.counts() == counts(1, 4));
    assert_eq!((triggers(folder.path()), recorder.last_error()), (vec!["checkout".to_owned()], None));
    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    assert!(has(&fs::read(file).unwrap(), "what went wrong"));
}

#[test]
fn the_last_files_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).interval(Duration::ZERO).keep(2).start().unwrap();
    for name in ["first", "second", "third", "fourth"] {
        let before = recorder.counts().written;
        recorder.trigger(name).unwrap();
        wait_until(|| recorder.counts().written > before);
    }
    recorder.stop();
    assert_eq!(triggers(folder.path()), ["third", "fourth"]);
}

#[test]
fn what_has_tripped_is_written_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).start().unwrap();
    recorder.trigger("last").unwrap();
    recorder.stop();
    assert_eq!(triggers(folder.path()), ["last"]);
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let recorder = builder(&path).start().unwrap();
    folder.close().unwrap();
    recorder.trigger("lost").unwrap();
    wait_until(|| recorder.counts().failed == 1);
    assert!(recorder.last_error().unwrap().starts_with(path.to_str().unwrap()));
}

#[test]
fn a_panic_trips_it_and_the_hook_before_is_called() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLED: AtomicU32 = AtomicU32::new(0);
    std::panic::set_hook(Box::new(|_| _ = CALLED.fetch_add(1, Ordering::Relaxed)));
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).on_panic().start().unwrap();
    let panic = || assert!(std::panic::catch_unwind(|| panic!("of the test")).is_err());
    panic();
    wait_until(|| recorder.counts().written == 1);
    recorder.stop();
    panic();
    assert_eq!((triggers(folder.path()), CALLED.load(Ordering::Relaxed)), (vec!["panic".to_owned()], 2));
}

#[test]
fn no_trigger_takes_the_file_of_another() {
    std::panic::set_hook(Box::new(|_| {}));
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).on_panic().keep(1).start().unwrap();
    recorder.trigger("checkout").unwrap();
    wait_until(|| recorder.counts().written == 1);
    for _ in 0..2 {
        assert!(std::panic::catch_unwind(|| panic!("of the test")).is_err());
        wait_until(|| recorder.counts().written == 2);
    }
    wait_until(|| recorder.counts() == counts(2, 1));
    recorder.stop();
    assert_eq!(triggers(folder.path()), ["checkout", "panic"]);
}

#[test]
fn a_signal_trips_it_and_the_programs_own_handler_is_called() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLED: AtomicU32 = AtomicU32::new(0);
    let own = || _ = CALLED.fetch_add(1, Ordering::Relaxed);
    // SAFETY: it counts.
    unsafe { signal_hook::low_level::register(libc::SIGUSR2, own) }.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).on_signal(libc::SIGUSR2).start().unwrap();
    let send = || {
        // SAFETY: the signal has a handler.
        assert_eq!(unsafe { libc::raise(libc::SIGUSR2) }, 0);
    };
    send();
    wait_until(|| recorder.counts().written == 1);
    recorder.stop();
    send();
    assert_eq!((triggers(folder.path()), CALLED.load(Ordering::Relaxed)), (vec!["signal".to_owned()], 2));
    for refused in [libc::SIGKILL, libc::SIGSEGV, 0] {
        let error = builder(folder.path()).on_signal(refused).start().unwrap_err();
        assert!(matches!(error, Error::Signal { signal, .. } if signal == refused), "{error}");
    }
    assert!(!is_on(), "one that was refused records nothing");
}

#[test]
fn a_thread_that_is_stuck_in_a_poll_trips_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_millis(100);
    let recorder = builder(folder.path()).interval(Duration::ZERO).watchdog(limit).start().unwrap();
    let stuck = task("stuck", async { wait_until(|| recorder.counts().written > 0) });
    let poll = std::pin::pin!(stuck).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll, Poll::Ready(()));
    recorder.stop();
    assert_eq!(triggers(folder.path()), ["watchdog"]);
}

#[test]
fn what_trips_needs_a_folder_that_is_there() {
    let refused = FlightRecorder::builder().on_panic().start().unwrap_err();
    assert!(matches!(refused, Error::NoDirectory { trigger: "on_panic" }), "{refused}");
    let refused = FlightRecorder::builder().directory("/no/such/folder").start().unwrap_err();
    assert!(refused.to_string().starts_with("/no/such/folder: "), "{refused}");
    let refused = FlightRecorder::builder().max_bytes(10).start().unwrap_err();
    assert!(matches!(refused, Error::TooSmall { setting: "max_bytes", .. }), "{refused}");
    let recorder = FlightRecorder::builder().start().unwrap();
    assert!(matches!(recorder.trigger("x"), Err(Error::NoDirectory { .. })));
}

#[test]
fn a_childs_copy_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).on_panic().start().unwrap();
    let status = exit_status(|| {
        let refused = matches!(recorder.snapshot(), Err(Error::Forked { .. }))
            && matches!(recorder.trigger("x"), Err(Error::Forked { .. }));
        i32::from(refused && !is_on())
    });
    assert_eq!((status, recorder.counts()), (1, counts(0, 0)));
    assert!(is_on());
    recorder.stop();
    assert_eq!(triggers(folder.path()), [""; 0]);
}

#[test]
fn a_request_to_end_still_ends_the_program() {
    extern "C" fn own(_: std::ffi::c_int) {}
    let folder = tempfile::tempdir().unwrap();
    let start = || builder(folder.path()).on_signal(libc::SIGTERM).start();
    let refused = start().unwrap_err();
    assert!(matches!(refused, Error::Signal { signal: libc::SIGTERM, .. }), "{refused}");
    assert!(refused.to_string().contains("has no handler of it"), "{refused}");
    // SAFETY: it does nothing.
    unsafe { libc::signal(libc::SIGTERM, own as extern "C" fn(std::ffi::c_int) as usize) };
    start().unwrap().stop();
}

/// Nobody would write a file for it.
#[test]
fn a_childs_signal_does_what_it_did_before_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    let recorder = builder(folder.path()).on_signal(libc::SIGUSR2).start().unwrap();
    // SAFETY: the signal ends the child.
    let (_, status) = ended(|| unsafe { libc::raise(libc::SIGUSR2) });
    assert!(libc::WIFSIGNALED(status), "{status:#x}");
    assert_eq!(libc::WTERMSIG(status), libc::SIGUSR2);
    recorder.stop();
}

#[test]
fn nothing_is_left_behind() {
    let count = |folder| fs::read_dir(folder).unwrap().count();
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let recorder = builder(folder.path()).on_signal(libc::SIGUSR1).start().unwrap();
        recorder.trigger("x").unwrap();
        recorder.stop();
    };
    run();
    let before = (count("/proc/self/fd"), count("/proc/self/task"));
    (0..5).for_each(|_| run());
    // The kernel shows a thread for a moment after it was joined.
    wait_until(|| count("/proc/self/task") <= before.1);
    assert_eq!(count("/proc/self/fd"), before.0);
}
