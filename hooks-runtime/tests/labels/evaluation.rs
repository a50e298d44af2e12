//! When the values of labels are looked at, how often, and what becomes of the arguments.

use hooks_runtime::{labeled, labels::Labels};
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

fn current() -> String {
    Labels::current().to_string()
}

fn run<F: Future>(future: F) -> F::Output {
    futures::executor::block_on(future)
}

fn count(calls: &Cell<u32>) -> u32 {
    calls.set(calls.get() + 1);
    calls.get()
}

#[test]
fn a_sync_fn_looks_once_before_its_body() {
    #[labeled(call = count(calls))]
    fn work(calls: &Cell<u32>) -> String {
        calls.set(calls.get() + 10);
        current() + &current()
    }
    let calls = Cell::new(0);
    assert_eq!(work(&calls), "call=1call=1");
    assert_eq!(calls.get(), 11);
}

#[test]
fn an_async_fn_looks_once_when_it_is_called() {
    #[labeled(call = count(calls))]
    async fn work(calls: &Cell<u32>) -> String {
        tokio::task::yield_now().await;
        current()
    }
    let calls = Cell::new(0);
    let future = work(&calls);
    assert_eq!(calls.get(), 1);
    calls.set(7);
    assert_eq!(run(future), "call=1");
    assert_eq!(calls.get(), 7);
}

#[test]
fn where_async_is_kept_it_looks_at_the_first_poll() {
    #[labeled(call = count(calls))]
    #[must_use]
    async fn work(calls: &Cell<u32>) -> String {
        tokio::task::yield_now().await;
        current()
    }
    let calls = Cell::new(0);
    let future = work(&calls);
    assert_eq!(calls.get(), 0);
    calls.set(7);
    assert_eq!(run(future), "call=8");
}

#[test]
fn a_fn_that_returns_a_future_looks_before_its_body() {
    #[labeled(tenant, call = count(calls), future)]
    fn plain(tenant: String, calls: &Cell<u32>) -> impl Future<Output = String> {
        calls.set(10);
        drop(tenant);
        async { current() }
    }
    #[labeled(tenant, future)]
    fn boxed(tenant: String) -> Pin<Box<dyn Future<Output = String>>> {
        Box::pin(async move {
            drop(tenant);
            current()
        })
    }
    assert_eq!(run(plain("x".into(), &Cell::new(0))), "call=1,tenant=x");
    assert_eq!(run(boxed("x".into())), "tenant=x");
}

#[test]
fn call_covers_only_what_builds_the_future() {
    #[labeled(stage = "build", call)]
    fn built() -> (String, impl Future<Output = String>) {
        (current(), async { current() })
    }
    #[labeled(stage = "build", call)]
    fn started(seen: &mut String) -> impl Future<Output = String> + use<> {
        *seen = current();
        async { current() }
    }
    let (seen, future) = built();
    assert_eq!((seen.as_str(), run(future).as_str()), ("stage=build", ""));
    let mut seen = String::new();
    let future = started(&mut seen);
    assert_eq!((seen.as_str(), run(future).as_str()), ("stage=build", ""));
}

#[test]
fn a_lock_taken_for_a_value_is_free_again_in_the_body() {
    #[labeled(name = state.lock().unwrap().as_str())]
    fn sync_work(state: Arc<Mutex<String>>) -> String {
        state.try_lock().expect("still locked").clear();
        drop(state);
        current()
    }
    #[labeled(name = state.lock().unwrap().as_str())]
    async fn async_work(state: Arc<Mutex<String>>) -> String {
        state.try_lock().expect("still locked").clear();
        current()
    }
    #[labeled(name = state.lock().unwrap().as_str())]
    #[must_use]
    async fn kept_work(state: Arc<Mutex<String>>) -> String {
        state.try_lock().expect("still locked").clear();
        current()
    }
    let state = || Arc::new(Mutex::new("n".to_owned()));
    assert_eq!(sync_work(state()), "name=n");
    assert_eq!(run(async_work(state())), "name=n");
    assert_eq!(run(kept_work(state())), "name=n");
}

#[test]
fn a_value_is_looked_at_under_the_labels_outside() {
    #[labeled(route = "/in", outer = current())]
    fn inner() -> String {
        current()
    }
    #[labeled(route = "/out")]
    fn outer() -> String {
        inner()
    }
    assert_eq!(outer(), "outer=route=/out,route=/in");
}

#[test]
fn a_value_that_panics_leaves_no_scope_behind() {
    fn broken() -> u8 {
        panic!("no value")
    }
    #[labeled(first = "x", broken = broken())]
    fn sync_work() {}
    #[labeled(first = "x", broken = broken())]
    async fn async_work() {}
    assert!(catch_unwind(sync_work).is_err());
    assert!(catch_unwind(|| drop(async_work())).is_err());
    assert_eq!(current(), "");
}

struct Witness<'a>(&'static str, &'a Mutex<Vec<String>>);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(format!("{} {}", self.0, current()));
    }
}

#[test]
fn locals_and_temporaries_drop_inside_the_scope_and_arguments_of_a_sync_fn_after_it() {
    #[labeled(route = "/x")]
    fn work<'a>(_first: Witness<'a>, _: Witness<'a>, log: &'a Mutex<Vec<String>>) -> usize {
        let _local = Witness("local", log);
        Witness("temporary", log).0.len()
    }
    let log = Mutex::new(Vec::new());
    work(Witness("first", &log), Witness("second", &log), &log);
    let expected = ["temporary route=/x", "local route=/x", "second ", "first "];
    assert_eq!(log.into_inner().unwrap(), expected);
}

#[test]
fn everything_of_an_async_fn_drops_inside_the_scope() {
    #[labeled(route = "/x")]
    async fn work<'a>(first: Witness<'a>, _: Witness<'a>, log: &'a Mutex<Vec<String>>) -> usize {
        let _first = &first;
        let _local = Witness("local", log);
        Witness("temporary", log).0.len()
    }
    let log = Mutex::new(Vec::new());
    run(work(Witness("first", &log), Witness("second", &log), &log));
    let expected = ["temporary route=/x", "local route=/x", "second route=/x", "first route=/x"];
    assert_eq!(log.into_inner().unwrap(), expected);
}

#[test]
fn a_panic_while_the_temporaries_of_a_value_drop_leaves_no_scope_behind() {
    struct Bomb;
    impl Bomb {
        fn name(&self) -> &'static str {
            let Bomb = self;
            "bomb"
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    #[labeled(name = Bomb.name())]
    fn work() {}
    let work = AssertUnwindSafe(|| {
        hooks_runtime::labels! { "outer" => 1 }.scope(|| (catch_unwind(work).is_err(), current()))
    });
    assert_eq!(work(), (true, "outer=1".to_owned()));
}
