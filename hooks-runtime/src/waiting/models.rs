//! Models of the table. loom runs each in all orders in which its threads may take turns and see each other's stores, as long
//! as no more than three times a thread has to stop that could go on.

use super::free_list;
use super::node::{Copy, RUNNING};
use super::reading::{self, Reading};
use super::registry::{self, LEFT_OUT};
use crate::values::ValueRef;
use crate::values::codec::{Found, Values};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

static FIRST: &str = "labeled(left,right) here::first a.rs:1";
static SECOND: &str = "labeled(left,right) here::second a.rs:2";

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    // LOOM_MAX_PREEMPTIONS asks for more.
    model.preemption_bound = model.preemption_bound.or(Some(3));
    model.check(move || {
        // loom makes a static at its first use, before all that follows in any thread: here, and not where it would hide
        // that an order is missing.
        let _ =
            (registry::tick(), registry::high(), registry::missing(), free_list::pop_own(registry::nodes()));
        run();
    });
}

/// A future left pending, of whose entry everything follows from `value`.
fn wait(site: &'static &'static str, value: u32) -> u32 {
    let mut values = Values::new();
    values.add(Found::Number(value.into()));
    values.add(Found::Number(value.into()));
    let number = registry::add(site, &values);
    registry::waits(number, 0, value);
    number
}

/// None of these entries has a set, but for one of a model that reads it itself.
fn read(number: u32) -> Option<Copy<'static>> {
    // SAFETY: there is no set.
    unsafe { registry::nodes()[number as usize].read() }
}

/// It is all of the first future, or all of the second.
fn check_whole(entry: &Copy<'_>) {
    let value = if std::ptr::eq(entry.site, &raw const FIRST) { 1 } else { 2 };
    let mut values = Vec::new();
    entry.values.visit(entry.site, &mut |_, found| match found {
        ValueRef::Number { value, .. } => values.push(value),
        ValueRef::Text(_) => unreachable!("no text was noted"),
    });
    assert_eq!(values, [value, value], "torn");
    assert_eq!(i64::from(entry.born), value, "born with another");
    assert!(entry.since == RUNNING || i64::from(entry.since) == value, "since of another: {}", entry.since);
}

/// The entry goes from one future to another, of another thread, while a dump reads it.
#[test]
fn loom_a_reader_sees_one_future_whole_or_none() {
    model(|| {
        assert!(registry::start(1));
        let number = wait(&FIRST, 1);
        let ends = thread::spawn(move || registry::remove(number));
        let begins = thread::spawn(|| {
            registry::advance();
            wait(&SECOND, 2)
        });
        if let Some(entry) = read(number) {
            check_whole(&entry);
        }
        ends.join().unwrap();
        let second = begins.join().unwrap();
        assert!(second == number || second == LEFT_OUT);
    });
}

/// A number that was taken, read (as `pop` does) and given back may not be taken for the same as it was.
#[test]
fn loom_no_number_is_of_two_threads() {
    model(|| {
        assert!(registry::start(2));
        let nodes = registry::nodes();
        let owners = Arc::new([(); 3].map(|()| UnsafeCell::new(0)));
        (1..=2).for_each(|number| free_list::push(nodes, number));
        let own = move |owners: &[UnsafeCell<u32>; 3]| {
            let number = free_list::pop_own(nodes)?;
            // loom refuses a second owner, and one that did not see what the first one did.
            // SAFETY: loom ends the model before two threads are here at once.
            owners[number as usize].with_mut(|uses| unsafe { *uses += 1 });
            Some(number)
        };
        let other = thread::spawn({
            let owners = Arc::clone(&owners);
            move || {
                let first = own(&owners);
                let second = own(&owners);
                if let Some(number) = first {
                    free_list::push(nodes, number);
                }
                second
            }
        });
        let taken = [own(&owners), own(&owners)];
        let kept = other.join().unwrap();
        let mut all: Vec<_> = taken.into_iter().chain([kept]).flatten().collect();
        while let Some(number) = own(&owners) {
            all.push(number);
        }
        all.sort_unstable();
        assert_eq!(all, [1, 2], "each number has one owner");
    });
}

/// A future outlives the one that polled it, whose entry another one gets.
#[test]
fn loom_a_parent_is_not_taken_for_its_successor() {
    model(|| {
        assert!(registry::start(2));
        let child = wait(&SECOND, 2);
        let parent = wait(&FIRST, 1);
        let polls = thread::spawn(move || {
            registry::set_parent(child, parent);
            registry::remove(parent);
        });
        let succeeds = thread::spawn(|| wait(&SECOND, 2));
        if let Some(entry) = read(child) {
            let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap();
            let (number, generation) = (half(entry.parent), half(entry.parent >> 32));
            let found = read(number).filter(|found| found.generation == generation);
            assert!(number == 0 || number == parent);
            assert!(found.is_none_or(|found| std::ptr::eq(found.site, &raw const FIRST)));
        }
        polls.join().unwrap();
        let next = succeeds.join().unwrap();
        assert!(next == parent || next == LEFT_OUT);
    });
}

/// Futures are pending, and a dump is taken, while the table is being made.
#[test]
fn loom_the_table_is_made_while_futures_wait() {
    model(|| {
        let waits = || {
            let now = registry::tick();
            (now != 0).then(|| wait(&FIRST, now)).filter(|number| *number != 0)
        };
        let others = [thread::spawn(waits), thread::spawn(waits)];
        let starts = thread::spawn(|| registry::start(1));
        for number in 1..registry::high() {
            read(number).iter().for_each(check_whole);
        }
        assert!(starts.join().unwrap());
        let mut numbers = others.map(|other| other.join().unwrap());
        numbers.sort_unstable();
        let [first, second] = numbers;
        assert!(first.is_none() || first != second, "both have {first:?}");
        assert_eq!(registry::missing(), u32::from(second == Some(LEFT_OUT)));
        numbers.into_iter().flatten().for_each(registry::remove);
        assert_eq!(registry::missing(), 0);
        assert!(read(1).is_none());
    });
}

/// The set of a future: there until it is dropped.
#[derive(Clone)]
struct Lent(Arc<UnsafeCell<bool>>);

// SAFETY: loom sees to it that no two threads are in the cell at once.
unsafe impl Send for Lent {}

impl Lent {
    fn read(&self) {
        // SAFETY: loom refuses a look while another thread drops it, and one that another thread did not wait for.
        self.0.with(|is_there| assert!(unsafe { *is_there }, "read after it was dropped"));
    }
}

/// Of the future.
#[derive(Default)]
struct Kept(Option<Lent>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(lent) = &self.0 {
            // SAFETY: as above.
            lent.0.with_mut(|is_there| unsafe { *is_there = false });
        }
    }
}

/// Reads as a dump does.
fn dump(number: u32, lent: &Lent) {
    let reading = Reading::begin();
    if read(number).is_some() {
        lent.read();
    }
    drop(reading);
}

/// The future ends, and what its entry points to is dropped, while a dump reads; another one ends meanwhile, and the clock goes.
#[test]
fn loom_a_set_is_there_as_long_as_it_is_read() {
    model(|| {
        assert!(registry::start(1));
        let number = wait(&FIRST, 1);
        let lent = Lent(Arc::new(UnsafeCell::new(true)));
        let mut kept = Kept(Some(lent.clone()));
        let ends = thread::spawn(move || {
            registry::remove(number);
            reading::give_up(&mut kept);
        });
        let clock = thread::spawn(reading::clear);
        dump(number, &lent);
        ends.join().unwrap();
        clock.join().unwrap();
        reading::clear();
        // SAFETY: all others have ended.
        assert!(!lent.0.with(|is_there| unsafe { *is_there }), "kept for ever");
    });
}
