//! Labels carried to threads of `std`.

#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "tokio")]
mod tokio;

use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, spawn};
use std::cell::Cell;
use std::thread;

fn job() -> Labels {
    labels! { "job" => 7 }
}

#[test]
fn a_thread_starts_with_the_labels_of_its_spawner() {
    let handle = job().scope(|| spawn::thread(|| (Labels::current(), thread::current().name().is_none())));
    assert_eq!(handle.join().unwrap(), (job(), true));
}

#[test]
fn plain_spawn_carries_nothing_over() {
    assert!(job().scope(|| thread::spawn(Labels::current).join().unwrap()).is_empty());
}

#[test]
fn labels_are_those_at_the_spawn_and_not_at_the_start() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let work = move || {
        wait.recv().unwrap();
        Labels::current()
    };
    let handle = job().scope(|| spawn::thread(work));
    labels! { "later" => 1 }.scope(|| go.send(()).unwrap());
    assert_eq!(handle.join().unwrap(), job());
}

#[test]
fn a_named_thread_keeps_its_builder() {
    let work = || (Labels::current(), thread::current().name().map(str::to_owned));
    let handle = job().scope(|| spawn::named_thread(thread::Builder::new().name("n".into()), work)).unwrap();
    assert_eq!(handle.join().unwrap(), (job(), Some("n".into())));
}

#[test]
fn a_thread_that_cannot_be_started_is_an_error() {
    let impossible = thread::Builder::new().stack_size(isize::MAX.unsigned_abs() & !0xffff);
    assert!(spawn::named_thread(impossible, || ()).is_err());
}

#[test]
fn a_scoped_thread_may_borrow_and_return_what_it_borrows() {
    let text = String::from("borrowed");
    let mut written = Vec::new();
    let seen = job().scope(|| {
        thread::scope(|scope| {
            let reader = spawn::scoped_thread(scope, || (text.as_str(), Labels::current()));
            spawn::scoped_thread(scope, || written.push(Labels::current()));
            reader.join().unwrap()
        })
    });
    assert_eq!((seen, written), (("borrowed", job()), vec![job()]));
}

#[test]
fn work_need_not_be_sync_and_may_be_moved_in() {
    let cell = Cell::new(1);
    assert_eq!(spawn::thread(move || cell.replace(2)).join().unwrap(), 1);
}

#[test]
fn a_panic_of_the_thread_comes_back_as_ever() {
    let panic = job().scope(|| spawn::thread(|| panic!("in the thread")).join()).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"in the thread"));
}

#[test]
fn a_thread_passes_its_labels_on_to_the_next() {
    let work = || labels! { "step" => 2 }.scope(|| spawn::thread(Labels::current).join().unwrap());
    let seen = job().scope(|| spawn::thread(work)).join().unwrap();
    assert_eq!(seen.to_string(), "job=7,step=2");
}

#[test]
fn a_callback_that_others_spawn_has_the_labels_of_who_gave_it() {
    let talk = |socket: u32| {
        let called = Labels::current();
        async move { (socket, called, Labels::current()) }
    };
    let callback = job().scope(|| spawn::callback(talk));
    let seen = thread::spawn(|| labels! { "other" => 1 }.scope(|| futures::executor::block_on(callback(7))));
    assert_eq!(seen.join().unwrap(), (7, job(), job()));
}
