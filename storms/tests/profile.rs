//! Everything that makes profilers crash, at once, at 1 kHz on eight threads and with an allocator that ends the
//! process if the handler calls it. `HOOKS_STORM_SECONDS` sets how long by the processor clock (3).

use crate::load;
use crate::trouble;
use hooks_runtime::labels;
use hooks_service::profile::{Clock, CpuProfile, Profile};
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::ffi::CStr;
use std::hint::black_box;
use std::panic::catch_unwind;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

fn panics() {
    let caught = catch_unwind(|| {
        labels! { "storm" => "panic" }.scope(|| deep(30, &|| panic!("of the storm")));
    });
    assert!(caught.is_err());
}

fn deep(depth: u32, end: &dyn Fn()) {
    if depth == 0 {
        end();
    } else {
        deep(depth - 1, end);
    }
    black_box(depth);
}

fn captures_backtraces() {
    labels! { "storm" => "backtrace" }.scope(|| {
        deep(10, &|| {
            black_box(Backtrace::force_capture().to_string());
        });
    });
}

/// A library of the C library's that this program does not use otherwise, and a function of it.
const LIBRARY: &CStr = c"libresolv.so.2";
const FUNCTION: &CStr = c"ns_get32";

fn loads_and_unloads_a_library() {
    // SAFETY: loading runs no code that could harm; the function reads four bytes; nothing of the library is used after
    // dlclose.
    unsafe {
        let library = libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null(), "cannot load {LIBRARY:?}");
        let function = libc::dlsym(library, FUNCTION.as_ptr());
        assert!(!function.is_null(), "{LIBRARY:?} has no {FUNCTION:?}");
        let read =
            std::mem::transmute::<*mut libc::c_void, extern "C" fn(*const u8) -> libc::c_ulong>(function);
        for _ in 0..20_000 {
            assert_eq!(black_box(read(black_box([0, 0, 1, 2].as_ptr()))), 258);
        }
        assert_eq!(libc::dlclose(library), 0);
    }
}

thread_local! {
    static LAST_WORK: RefCell<Option<Busy>> = const { RefCell::new(None) };
}

/// Works while its thread's locals are destroyed.
struct Busy;

impl Drop for Busy {
    fn drop(&mut self) {
        labels! { "storm" => "destructor" }.scope(load::spin);
        black_box(vec![0_u8; 4096]);
    }
}

fn starts_threads() {
    let work = || {
        LAST_WORK.set(Some(Busy));
        labels! { "storm" => "thread" }.scope(load::spin)
    };
    let small = thread::Builder::new().stack_size(32 * 1024).spawn(work).unwrap();
    let labelled = labels::spawn::thread(work);
    small.join().unwrap();
    labelled.join().unwrap();
}

fn allocates() {
    let mut blocks: Vec<Vec<u8>> = (0..200).map(|n| vec![1; n * 37 % 9000]).collect();
    labels! { "storm" => "malloc", "bytes" => blocks.len() }.scope(|| {
        for block in &mut blocks {
            block.extend_from_slice(&[2; 100]);
        }
    });
    black_box(blocks);
}

fn forks_and_executes() {
    assert!(Command::new("true").status().unwrap().success());
    // SAFETY: the child ends at once.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: ends the child.
        unsafe { libc::_exit(7) };
    }
    let mut status = 0;
    // SAFETY: waits for our own child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(libc::WEXITSTATUS(status), 7);
}

/// Runs each kind of trouble on a thread until time is up, and returns how often each came around.
fn storm(time: Duration, whenever: impl Fn()) -> Vec<u64> {
    let kinds: [fn(); 8] = [
        panics,
        captures_backtraces,
        loads_and_unloads_a_library,
        starts_threads,
        allocates,
        forks_and_executes,
        || _ = load::burn(Duration::from_millis(1)),
        || labels! { "storm" => "sleep" }.scope(|| thread::sleep(Duration::from_micros(300))),
    ];
    let over = AtomicBool::new(false);
    let rounds = [const { AtomicU64::new(0) }; 8];
    thread::scope(|scope| {
        trouble::start(scope, &kinds, &rounds, &over);
        let start = Instant::now();
        // On a busy machine longer, until each has come around.
        while start.elapsed() < time || start.elapsed() < 20 * time && !trouble::all_ran(&rounds) {
            thread::sleep(Duration::from_millis(50));
            whenever();
        }
        over.store(true, Ordering::Relaxed);
    });
    rounds.iter().map(|rounds| rounds.load(Ordering::Relaxed)).collect()
}

fn check(profile: &Profile, rounds: &[u64]) {
    println!(
        "{} periods, {} lost, rounds {rounds:?}, {:?}",
        profile.total(),
        profile.lost(),
        profile.comments()
    );
    load::assert_nothing_uncounted(profile);
    assert!(rounds.iter().all(|rounds| *rounds > 0), "{rounds:?}");
    assert!(profile.samples().iter().any(|sample| sample.label("storm").is_some()));
}

/// One long profile by the processor clock with looks at it; shorter, one by the wall clock, and many of each that are
/// started and stopped.
#[test]
fn survives_and_counts_everything() {
    std::panic::set_hook(Box::new(|_| ()));
    let seconds = std::env::var("HOOKS_STORM_SECONDS").map_or(3.0, |text| text.parse().unwrap());
    let short = f64::max(seconds / 10.0, 1.0);
    for (clock, seconds) in [(Clock::Cpu, seconds), (Clock::Wall, short)] {
        let running = CpuProfile::builder().hz(1000).clock(clock).start().unwrap();
        let rounds = storm(Duration::from_secs_f64(seconds), || drop(running.snapshot().unwrap()));
        check(&running.stop().unwrap(), &rounds);
    }
    for (clock, hz) in [(Clock::Cpu, 200), (Clock::Wall, 10_000)] {
        let kept = AtomicU64::new(0);
        let rounds = storm(Duration::from_secs_f64(short), || {
            let running = CpuProfile::builder().hz(hz).clock(clock).start().unwrap();
            thread::sleep(Duration::from_millis(100));
            let profile = running.stop().unwrap();
            load::assert_nothing_uncounted(&profile);
            kept.fetch_add(profile.total(), Ordering::Relaxed);
        });
        println!("short profiles at {hz} Hz: {} periods, rounds {rounds:?}", kept.load(Ordering::Relaxed));
        assert!(kept.load(Ordering::Relaxed) > 0);
    }
}
