//! Recorders that start and stop, and are read, while threads record, end, fork, load libraries, and are interrupted by a handler
//! that records. `HOOKS_TRACE_SECONDS` sets how long (3).

use crate::trouble::{self, Ends};
use hooks_runtime::trace::{is_on, log, observe::test, region, task};
use hooks_service::trace::{FlightRecorder, Recovered, Trace, recover};
use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::io::{self, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A message that shows whether it is whole: its number, what follows from it, and as many letters as that says.
fn says_something() {
    let number = NEXT.fetch_add(1, Relaxed);
    let (check, letters) = (check_of(number), letters_of(number));
    log("storm", format_args!("whole:{number}:{check}:{:x<letters$}.", ""));
    HAS_RECORDED.set(true);
}

fn check_of(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn letters_of(number: u64) -> usize {
    usize::try_from(number * 31 % 300).unwrap_or(0)
}

/// How many messages a file has. Each is whole, and was said by this process.
fn messages(file: &[u8]) -> usize {
    const BEGIN: &[u8] = b"whole:";
    let begins = (0..file.len()).filter(|at| file[*at..].starts_with(BEGIN));
    begins.map(|at| &file[at + BEGIN.len()..]).inspect(|rest| assert_whole(rest)).count()
}

fn assert_whole(rest: &[u8]) {
    let end = rest.iter().position(|byte| *byte == b'.').expect("it has an end");
    let text = str::from_utf8(&rest[..end]).expect("letters and digits");
    let parts: Vec<&str> = text.split(':').collect();
    let [number, check, letters] = parts[..] else { panic!("{text}") };
    let number: u64 = number.parse().expect("a number");
    assert!(number < NEXT.load(Relaxed), "{text}");
    assert_eq!(check, check_of(number).to_string(), "{text}");
    assert_eq!(letters, "x".repeat(letters_of(number)), "{text}");
}

fn runs_regions() {
    region("outer", || (0..50).for_each(|_| region("inner", says_something)));
}

thread_local! {
    static LAST_WORDS: RefCell<Option<Talks>> = const { RefCell::new(None) };
}

/// Records while its thread's locals are destroyed, before and after what the thread has of a recorder.
struct Talks;

impl Drop for Talks {
    fn drop(&mut self) {
        region("at the end", says_something);
    }
}

fn threads_start_and_end() {
    let work = || {
        LAST_WORDS.set(Some(Talks));
        says_something();
    };
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(work)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn polls_a_task_that_another_thread_wakes() {
    let mut polls = 0;
    let work = std::future::poll_fn(|context| {
        polls += 1;
        says_something();
        let waker = context.waker().clone();
        thread::spawn(move || waker.wake()).join().unwrap();
        if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
    });
    let mut task = pin!(task("woken", work));
    while task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
}

fn forks_a_child_that_records_nothing() {
    // SAFETY: the child calls what neither locks nor allocates, and ends.
    let child = unsafe { libc::fork() };
    if child == 0 {
        (0..1000).for_each(|_| test(OF_CHILD));
        // SAFETY: ends the child.
        unsafe { libc::_exit(if is_on() { 1 } else { 7 }) };
    }
    let mut status = 0;
    // SAFETY: waits for our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(libc::WEXITSTATUS(status), 7, "{status:#x}");
}

const OF_CHILD: u64 = 13;

fn loads_and_unloads_a_library() {
    // SAFETY: a library of the C library's whose loading runs no code that could harm.
    unsafe {
        let library = libc::dlopen(c"libresolv.so.2".as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null());
        says_something();
        libc::dlclose(library);
    }
}

static INTERRUPTED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The first event of a thread registers its end, which allocates: not for a handler.
    static HAS_RECORDED: Cell<bool> = const { Cell::new(false) };
}

extern "C" fn record_in_handler(_: c_int) {
    if HAS_RECORDED.get() {
        test(INTERRUPTED.fetch_add(1, Relaxed));
    }
}

/// Some thread is interrupted every so often; never with 0.
fn interrupt(microseconds: libc::suseconds_t) {
    let time = libc::timeval { tv_sec: 0, tv_usec: microseconds };
    let timer = libc::itimerval { it_interval: time, it_value: time };
    // SAFETY: the handler records, which is what is tested; a local.
    unsafe {
        libc::signal(libc::SIGALRM, record_in_handler as extern "C" fn(c_int) as usize);
        assert_eq!(libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()), 0);
    }
}

/// What a trace has written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A trace for a moment; says how many messages it has.
fn short_trace(time: Duration) -> usize {
    let kept = Kept::default();
    let trace = Trace::builder().buffer_bytes(1 << 20).start(kept.clone()).unwrap();
    thread::sleep(time);
    let done = trace.stop().unwrap();
    let messages = messages(&kept.0.lock().unwrap());
    assert!(messages as u64 <= done.events, "{messages} messages, {done}");
    messages
}

/// The last seconds, twice, of a recorder that a trace joins and leaves.
fn short_recorder() -> usize {
    let recorder = FlightRecorder::builder().max_bytes(1 << 20).start().unwrap();
    let mut found = 0;
    for _ in 0..2 {
        found += short_trace(Duration::from_millis(20));
        let mut file = Vec::new();
        recorder.snapshot().unwrap().write(&mut file).unwrap();
        found += messages(&file);
    }
    found
}

/// The file of a recorder, as another process would find it, while it is written and when that is over.
fn short_file(ring: &Path) -> usize {
    let recorder = FlightRecorder::builder().max_bytes(1 << 18).ring_file(ring).start().unwrap();
    let recovered = || {
        let mut file = Vec::new();
        let Recovered { process, .. } = recover(ring, &mut file).unwrap();
        assert_eq!(process, std::process::id());
        messages(&file)
    };
    thread::sleep(Duration::from_millis(20));
    let found = recovered();
    drop(recorder);
    found + recovered()
}

#[test]
fn what_is_read_is_whole_whatever_the_threads_do() {
    let seconds = std::env::var("HOOKS_TRACE_SECONDS").map_or(3, |text| text.parse().unwrap());
    let time = Duration::from_secs(seconds);
    let folder = tempfile::tempdir().unwrap();
    let kinds: [fn(); 7] = [
        runs_regions,
        runs_regions,
        threads_start_and_end,
        polls_a_task_that_another_thread_wakes,
        forks_a_child_that_records_nothing,
        loads_and_unloads_a_library,
        says_something,
    ];
    let (over, rounds) = (AtomicBool::new(false), [const { AtomicU64::new(0) }; 7]);
    let (mut found, mut recordings) = ([0; 3], 0);
    interrupt(200);
    thread::scope(|scope| {
        let _ends = Ends(&over);
        trouble::start(scope, &kinds, &rounds, &over);
        let start = Instant::now();
        // On a busy machine longer, until there was something to see.
        let has_seen_all = |found: &[usize]| trouble::all_ran(&rounds) && !found.contains(&0);
        while start.elapsed() < time || start.elapsed() < 20 * time && !has_seen_all(&found) {
            found[0] += short_trace(Duration::from_millis(20));
            found[1] += short_recorder();
            // The memory of a file is not used again, and there are 64 in a process.
            if recordings < 30 {
                found[2] += short_file(&folder.path().join(recordings.to_string()));
            }
            recordings += 1;
        }
    });
    interrupt(0);
    assert!(!is_on());
    let rounds = rounds.map(AtomicU64::into_inner);
    println!("{found:?} messages in {recordings} recordings, {INTERRUPTED:?} interrupts, rounds {rounds:?}");
    assert!(!found.contains(&0) && rounds.iter().all(|rounds| *rounds > 0), "{found:?} {rounds:?}");
    assert!(INTERRUPTED.load(Relaxed) > 0);
}
