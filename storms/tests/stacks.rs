//! A thousand threads that wait, allocate, load libraries, start and end, while dump after dump is taken.
//! `HOOKS_STACKS_SECONDS` sets how long (3), `HOOKS_STACKS_THREADS` how many wait (300).

use crate::crowd::Crowd;
use crate::trouble::{self, Ends};
use hooks_service::stacks::{Answer, Capture, Dump, Thread};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

fn allocates() {
    let mut blocks: Vec<Vec<u8>> = (0..200).map(|size| vec![1; size * 37 % 9000]).collect();
    for block in &mut blocks {
        block.extend_from_slice(&[2; 100]);
    }
    black_box(blocks);
}

fn loads_and_unloads_a_library() {
    // SAFETY: a library of the C library's whose loading runs no code that could harm.
    unsafe {
        let library = libc::dlopen(c"libresolv.so.2".as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null());
        libc::dlclose(library);
    }
}

fn starts_and_ends() {
    let ended: Vec<_> = (0..4)
        .map(|_| thread::Builder::new().stack_size(64 * 1024).spawn(|| _ = black_box([1_u8; 1000])).unwrap())
        .collect();
    for thread in ended {
        thread.join().unwrap();
    }
}

fn computes() {
    black_box((0..20_000_u64).fold(0, |sum: u64, number| sum.rotate_left(7) ^ number));
}

/// When threads began that take their time to end.
static BORN: Mutex<BTreeMap<u32, SystemTime>> = Mutex::new(BTreeMap::new());

fn starts_and_stays() {
    let now = SystemTime::now();
    thread::spawn(move || {
        // SAFETY: always succeeds.
        let own = unsafe { libc::gettid() }.cast_unsigned();
        BORN.lock().unwrap().insert(own, now);
        thread::sleep(Duration::from_millis(100));
    });
    thread::sleep(Duration::from_millis(1));
}

/// Threads of a dump that began in its second half.
fn born_during(dump: &Dump) -> usize {
    let (born, begun) = (BORN.lock().unwrap(), dump.taken() + dump.elapsed() / 2);
    let born = |thread: &&Thread| born.get(&thread.id()).is_some_and(|born| *born > begun);
    dump.threads().iter().filter(born).count()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn check(dump: &Dump, waiting: usize) {
    assert!(dump.threads().len() > waiting, "{} threads", dump.threads().len());
    let mut ids: Vec<_> = dump.threads().iter().map(Thread::id).collect();
    ids.dedup();
    assert_eq!(ids.len(), dump.threads().len(), "a thread is there once");
    let crowd = dump.threads().iter().filter(|thread| thread.name().contains('-'));
    let whole = crowd.filter(|thread| thread.answer() == Answer::Whole).count();
    assert!(whole * 100 >= waiting * 99, "{whole} whole stacks of {waiting}");
}

#[test]
#[cfg_attr(target_env = "musl", ignore = "musl has no unwind tables: a stack that begins in it ends there")]
fn every_dump_is_whole_whatever_the_threads_do() {
    let waiting = usize::try_from(number("HOOKS_STACKS_THREADS", 300)).unwrap();
    let time = Duration::from_secs(number("HOOKS_STACKS_SECONDS", 3));
    let _crowd = Crowd::new(waiting);
    let over = AtomicBool::new(false);
    let kinds: [fn(); 5] =
        [allocates, loads_and_unloads_a_library, starts_and_ends, starts_and_stays, computes];
    let rounds = [const { AtomicU64::new(0) }; 5];
    let (mut dumps, mut born) = (0, 0);
    thread::scope(|scope| {
        let _ends = Ends(&over);
        trouble::start(scope, &kinds, &rounds, &over);
        let start = Instant::now();
        // On a busy machine longer, until there was something to see.
        while start.elapsed() < time
            || start.elapsed() < 20 * time && (born == 0 || !trouble::all_ran(&rounds))
        {
            let dump = Capture::new().interval(Duration::ZERO).patience(Duration::from_mins(1)).take();
            let dump = dump.unwrap();
            check(&dump, waiting);
            dumps += 1;
            born += born_during(&dump);
        }
    });
    let rounds = rounds.map(AtomicU64::into_inner);
    println!("{dumps} dumps, {born} threads that began in the meantime, rounds {rounds:?}");
    assert!(born > 0, "the list of threads is read again");
    assert!(dumps > 0 && rounds.iter().all(|rounds| *rounds > 0), "{rounds:?}");
}
