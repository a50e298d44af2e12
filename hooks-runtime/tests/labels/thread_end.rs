//! Scopes while a thread ends, in destructors of its thread locals.

use hooks_runtime::labels::Labels;
use hooks_runtime::{labeled, labels};
use std::cell::RefCell;
use std::sync::mpsc::{Sender, channel};
use std::thread;

struct AtEnd(Sender<String>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.send(at_end("last") + "|" + &Labels::current().to_string()).unwrap();
    }
}

thread_local! {
    static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) };
}

#[labeled(stage)]
fn at_end(stage: &str) -> String {
    labels! { "set" => 1 }.scope(|| Labels::current().to_string())
}

#[test]
fn a_destructor_may_open_the_first_scope_of_its_thread() {
    let (sender, receiver) = channel();
    thread::spawn(move || AT_END.set(Some(AtEnd(sender)))).join().unwrap();
    assert_eq!(receiver.recv().unwrap(), "set=1,stage=last|");
}

#[test]
fn a_destructor_may_open_scopes_after_others() {
    let (sender, receiver) = channel();
    let work = move || {
        at_end("first");
        AT_END.set(Some(AtEnd(sender)));
        at_end("second")
    };
    assert_eq!(thread::spawn(work).join().unwrap(), "set=1,stage=second");
    assert_eq!(receiver.recv().unwrap(), "set=1,stage=last|");
}

#[test]
fn a_thread_that_panics_inside_scopes_has_none_at_its_end() {
    let (sender, receiver) = channel();
    let work = move || {
        labels! { "left by panic" => 1 }.scope(|| {
            AT_END.set(Some(AtEnd(sender)));
            panic!("ends the thread");
        });
    };
    assert!(thread::spawn(work).join().is_err());
    assert_eq!(receiver.recv().unwrap(), "set=1,stage=last|");
}
