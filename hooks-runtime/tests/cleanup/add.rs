//! `add_cleanup`: many for an owner, stopped, counted, what leaks named. Each test has owners of a type of its own.

use hooks_runtime::cleanup::{
    self, Counters, FaultKind, Origin, Outstanding, Owner, Slot, WithCleanups, add_cleanup,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};

fn counters(owner: &str) -> Vec<Counters> {
    let mut counters = cleanup::counters();
    counters.retain(|counters| counters.owner.contains(owner));
    counters.sort_by_key(|counters| counters.origin.line());
    counters
}

fn outstanding(owner: &str) -> Vec<Outstanding> {
    let mut outstanding = cleanup::outstanding();
    outstanding.retain(|outstanding| outstanding.owner.contains(owner));
    outstanding
}

type Log = Arc<Mutex<Vec<&'static str>>>;

fn note((log, what): (Log, &'static str)) {
    log.lock().unwrap().push(what);
}

/// Notes its drop, to show that the cleanups come after it.
struct Session(Log);

impl Drop for Session {
    fn drop(&mut self) {
        self.0.lock().unwrap().push("dropped");
    }
}

#[test]
fn they_run_after_the_owner_the_last_first() {
    let log = Log::default();
    let owner = Arc::new(WithCleanups::new(Session(Arc::clone(&log))));
    for what in ["first", "second"] {
        add_cleanup(&owner, note, (Arc::clone(&log), what));
    }
    let copy = Arc::clone(&owner);
    drop(owner);
    assert!(log.lock().unwrap().is_empty());
    drop(copy);
    assert_eq!(*log.lock().unwrap(), ["dropped", "second", "first"]);
}

struct Named {
    log: Log,
    cleanups: Slot,
}

impl Owner for Named {
    fn cleanups(&self) -> &Slot {
        &self.cleanups
    }
}

#[test]
fn stopped_ones_do_not_run_and_all_are_counted() {
    let log = Log::default();
    let owner = Box::new(Named { log: Arc::clone(&log), cleanups: Slot::new() });
    let add = |what| add_cleanup(&owner, note, (Arc::clone(&owner.log), what));
    let line = line!() - 1;
    let handles: Vec<_> = ["a", "b", "c"].into_iter().map(add).collect();
    assert!(handles[1].stop());
    assert!(!handles[1].stop());
    assert_eq!(Arc::strong_count(&log), 4, "the argument of the stopped one is gone");
    let [count] = counters("Named")[..] else { panic!("one call") };
    assert_eq!((count.registered, count.run, count.stopped, count.outstanding()), (3, 0, 1, 2));
    let [left] = outstanding("Named")[..] else { panic!("one call") };
    assert_eq!((left.count, left.origin.file(), left.origin.line()), (2, file!(), line));
    drop(owner);
    assert_eq!(*log.lock().unwrap(), ["c", "a"]);
    assert!(!handles[0].stop());
    assert_eq!(format!("{:?}", handles[0]), "Cleanup(done)");
    let [count] = counters("Named")[..] else { panic!("one call") };
    assert_eq!((count.registered, count.run, count.stopped, count.outstanding()), (3, 2, 1, 0));
    assert!(outstanding("Named").is_empty());
}

struct Cyclic {
    next: Mutex<Option<Arc<WithCleanups<Cyclic>>>>,
}

#[test]
fn of_many_those_that_were_not_stopped_run_the_last_first() {
    struct Server;
    static RUN: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    let owner = WithCleanups::new(Server);
    let add = |number: u32| add_cleanup(&owner, |number| RUN.lock().unwrap().push(number), number);
    let is_kept = |number: u32| number % 7 == 3;
    let mut added: Vec<_> = (0..120).map(|number| (number, add(number))).collect();
    // From the middle on, so that there are some on both sides.
    added.rotate_left(50);
    for (number, cleanup) in added.iter().filter(|(number, _)| !is_kept(*number)) {
        assert!(cleanup.stop() && !cleanup.stop(), "{number}");
        assert_eq!(format!("{cleanup:?}"), "Cleanup(done)");
    }
    assert_eq!(outstanding("Server")[0].count, 17);
    assert_eq!(format!("{:?}", owner.cleanups()), "Slot(17 cleanups)");
    drop(owner);
    let expected: Vec<u32> = (0..120).rev().filter(|number| is_kept(*number)).collect();
    assert_eq!(*RUN.lock().unwrap(), expected);
}

#[test]
fn a_cycle_shows_up_as_outstanding() {
    let node = || Arc::new(WithCleanups::new(Cyclic { next: Mutex::default() }));
    let (first, second, whole) = (node(), node(), node());
    for owner in [&first, &second, &whole] {
        add_cleanup(owner, |()| (), ());
    }
    let line = line!() - 2;
    *first.next.lock().unwrap() = Some(Arc::clone(&second));
    *second.next.lock().unwrap() = Some(Arc::clone(&first));
    let weak = Arc::downgrade(&first);
    drop((first, second, whole));
    let [left] = outstanding("Cyclic")[..] else { panic!("one call") };
    assert_eq!((left.count, left.origin.line()), (2, line));
    let text = left.to_string();
    assert!(
        text.starts_with("2 cleanups of ") && text.contains("WithCleanups<main::cleanup::add::Cyclic>"),
        "{text}"
    );
    assert!(text.ends_with(&left.origin.to_string()));
    // Taken apart, since a sanitizer would report it too.
    let second = weak.upgrade().unwrap().next.lock().unwrap().take();
    drop(second);
    assert!(outstanding("Cyclic").is_empty());
}

fn panics(what: &str) {
    panic!("no {what}");
}

#[test]
fn one_that_panics_does_not_stop_the_others() {
    static FAULTS: Mutex<Vec<(Origin, FaultKind)>> = Mutex::new(Vec::new());
    cleanup::on_fault(|fault| FAULTS.lock().unwrap().push((fault.origin, fault.kind.clone())));
    let log = Log::default();
    let owner = WithCleanups::new(());
    add_cleanup(&owner, note, (Arc::clone(&log), "first"));
    add_cleanup(&owner, panics, "way");
    add_cleanup(&owner, |text: &str| Err::<(), _>(text.to_owned()), "failed");
    let line = line!() - 2;
    drop(owner);
    assert_eq!(*log.lock().unwrap(), ["first"]);
    let faults = FAULTS.lock().unwrap();
    let faults: Vec<_> = faults.iter().map(|(origin, kind)| (origin.line(), kind.clone())).collect();
    assert_eq!(
        faults,
        [(line + 1, FaultKind::Failed("failed".into())), (line, FaultKind::Panicked("no way".into()))]
    );
}

#[test]
fn an_owner_as_argument_is_refused() {
    let owner = Arc::new(WithCleanups::new("itself"));
    let other = Arc::new(WithCleanups::new("another"));
    let add = |argument: &Arc<WithCleanups<&'static str>>| {
        let argument = Arc::clone(argument);
        let add = || add_cleanup(&owner, drop::<Arc<WithCleanups<&'static str>>>, argument);
        catch_unwind(AssertUnwindSafe(add)).map(drop)
    };
    let by_value = || {
        let argument = Arc::clone(&owner);
        add_cleanup(&*owner, drop::<Arc<WithCleanups<&'static str>>>, argument)
    };
    assert!(add(&owner).is_err());
    assert!(catch_unwind(AssertUnwindSafe(by_value)).is_err());
    assert!(add(&other).is_ok());
    assert_eq!(Arc::strong_count(&owner), 1);
}

struct Raced;

/// One thread stops while another drops the owner: each cleanup is either run or stopped, and the handle knows.
#[test]
fn stopping_while_the_owner_is_dropped() {
    const ROUNDS: u64 = 300;
    static RUN: AtomicU64 = AtomicU64::new(0);
    let mut stopped = 0;
    for _ in 0..ROUNDS {
        let owner = Arc::new(WithCleanups::new(Raced));
        let run = |()| {
            RUN.fetch_add(1, Ordering::Relaxed);
        };
        let handles = [add_cleanup(&owner, run, ()), add_cleanup(&owner, run, ())];
        let both = Barrier::new(2);
        stopped += std::thread::scope(|scope| {
            let stop = || {
                both.wait();
                handles.iter().filter(|handle| handle.stop()).count()
            };
            let racer = scope.spawn(stop);
            both.wait();
            drop(owner);
            racer.join().unwrap() as u64
        });
    }
    assert_eq!(RUN.load(Ordering::Relaxed) + stopped, 2 * ROUNDS);
    let all = counters("Raced");
    assert_eq!(all.iter().map(|count| count.run).sum::<u64>(), RUN.load(Ordering::Relaxed));
    assert_eq!(all.iter().map(|count| count.stopped).sum::<u64>(), stopped);
}
