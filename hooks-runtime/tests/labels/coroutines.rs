//! Scopes of stackful coroutines: nothing that is gone is looked at, and those that are kept apart are all there.

use corosensei::{Coroutine, CoroutineResult, Yielder};
use hooks_runtime::coroutine::{LeftOutOfOrder, Scopes, left_out_of_order, on_left_out_of_order};
use hooks_runtime::exit::exit_task;
use hooks_runtime::labels::Labels;
use hooks_runtime::{exit_scope, labeled};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

type Task = Coroutine<(), (), String>;

fn current() -> String {
    Labels::current().to_string()
}

/// Suspends twice inside of the scope.
#[labeled(name)]
fn work(name: &str, yielder: &Yielder<(), ()>) -> String {
    yielder.suspend(());
    let seen = current();
    yielder.suspend(());
    format!("{seen} {}", current())
}

fn task(name: &'static str) -> Task {
    Coroutine::new(move |yielder: &Yielder<(), ()>, ()| work(name, yielder))
}

fn returned(result: CoroutineResult<(), String>) -> String {
    match result {
        CoroutineResult::Return(value) => value,
        CoroutineResult::Yield(()) => panic!("still suspended"),
    }
}

/// Each of these once left the head at a frame on a stack that was unmapped.
#[test]
fn scopes_that_are_left_out_of_order_are_lost_and_counted() {
    static TOLD: Mutex<Vec<LeftOutOfOrder>> = Mutex::new(Vec::new());
    on_left_out_of_order(|scope| TOLD.lock().unwrap().push(*scope));
    let (mut first, mut second) = (task("first"), task("second"));
    first.resume(());
    assert_eq!(current(), "name=first", "it has leaked to the thread");
    second.resume(());
    drop(first);
    assert_eq!((current().as_str(), left_out_of_order()), ("", 1));
    second.resume(());
    assert_eq!(returned(second.resume(())), " ", "its labels are lost too");
    assert_eq!((current().as_str(), left_out_of_order()), ("", 2));
    let told = TOLD.lock().unwrap();
    assert_eq!(told.len(), 1, "the first time");
    assert!(told[0].site.unwrap().function().ends_with("::work"));
    assert!(told[0].to_string().contains("out of order"));
}

/// A scope that is entered after that is whole, whatever is left round it.
#[test]
fn labels_are_seen_again_once_new_ones_are_in_force() {
    let (mut first, mut second) = (task("first"), task("second"));
    first.resume(());
    second.resume(());
    drop(first);
    let labels = hooks_runtime::labels! { "fresh" => 1 };
    labels.scope(|| assert_eq!(current(), "fresh=1"));
    labels.scope(|| {
        drop(second);
        assert_eq!(current(), "", "again");
    });
    assert_eq!(left_out_of_order(), 3);
    labels.scope(|| assert_eq!(current(), "fresh=1"));
    assert_eq!(current(), "");
}

#[test]
fn scopes_that_are_kept_apart_are_all_in_force_where_they_belong() {
    let mut tasks = ["first", "second", "third"].map(|name| (task(name), Scopes::new()));
    let outside = hooks_runtime::labels! { "outside" => 1 };
    outside.scope(|| {
        for _ in 0..2 {
            for (task, scopes) in &mut tasks {
                scopes.resume(|| task.resume(()));
                assert_eq!(current(), "outside=1");
            }
        }
        for ((task, scopes), name) in tasks.iter_mut().zip(["first", "second", "third"]).rev() {
            let seen = returned(scopes.resume(|| task.resume(())));
            assert_eq!(seen, format!("name={name} name={name}"));
            assert_eq!(current(), "outside=1");
        }
    });
    assert_eq!((current().as_str(), left_out_of_order()), ("", 0));
}

#[test]
fn a_coroutine_is_dropped_in_its_scopes() {
    let (mut task, mut scopes) = (task("first"), Scopes::new());
    scopes.resume(|| task.resume(()));
    scopes.resume(|| drop(task));
    assert_eq!((current().as_str(), left_out_of_order()), ("", 0));
}

#[test]
fn a_panic_of_a_coroutine_leaves_the_scopes_outside_as_they_were() {
    #[labeled(name)]
    fn fails(name: &str, yielder: &Yielder<(), ()>) {
        yielder.suspend(());
        panic!("as asked");
    }

    let mut task = Coroutine::new(|yielder: &Yielder<(), ()>, ()| fails("first", yielder));
    let mut scopes = Scopes::new();
    hooks_runtime::labels! { "outside" => 1 }.scope(|| {
        scopes.resume(|| task.resume(()));
        assert!(catch_unwind(AssertUnwindSafe(|| scopes.resume(|| task.resume(())))).is_err());
        assert_eq!(current(), "outside=1");
    });
    assert_eq!(left_out_of_order(), 0);
}

/// Saved scopes may be gone once others were left out of order: none of them comes back.
#[test]
fn saved_scopes_end_where_a_scope_is_left_without_them() {
    let (mut task, mut scopes) = (task("first"), Scopes::new());
    scopes.resume(|| task.resume(()));
    drop(task); // outside of `resume`
    assert_eq!(left_out_of_order(), 1);
    assert_eq!(scopes.resume(current), "", "the frame that was saved is gone");
    assert_eq!(left_out_of_order(), 1);
    assert_eq!(scopes.resume(|| hooks_runtime::labels! { "new" => 1 }.scope(current)), "new=1");
}

#[test]
fn the_scopes_outside_end_where_a_coroutine_leaves_one_of_them() {
    #[labeled(outer = "outer")]
    fn outer(yielder: &Yielder<(), ()>) -> String {
        yielder.suspend(());
        current()
    }

    let mut outer = Coroutine::new(|yielder: &Yielder<(), ()>, ()| outer(yielder));
    outer.resume(());
    let mut scopes = Scopes::new();
    // What is left here is not the innermost of the chain in force, but in the one that is put back after.
    scopes.resume(|| hooks_runtime::labels! { "inner" => 1 }.scope(|| drop(outer)));
    assert_eq!((current().as_str(), left_out_of_order()), ("", 2));
}

#[test]
fn a_task_is_exited_in_its_own_scope() {
    #[exit_scope]
    fn root(yielder: &Yielder<(), ()>, value: &'static str) -> String {
        yielder.suspend(());
        exit_task(value.to_owned())
    }

    let root = |value| Coroutine::new(move |yielder: &Yielder<(), ()>, ()| root(yielder, value));
    let mut tasks = ["first", "second"].map(|value| (root(value), Scopes::new()));
    for (task, scopes) in &mut tasks {
        scopes.resume(|| task.resume(()));
    }
    for ((task, scopes), value) in tasks.iter_mut().zip(["first", "second"]) {
        assert_eq!(returned(scopes.resume(|| task.resume(()))), value);
    }
}
