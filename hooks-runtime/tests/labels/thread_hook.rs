//! The hook that tells an observer of each thread. In a process of its own: there is one hook.

use hooks_runtime::labels::{Labels, observe, spawn};
use hooks_runtime::{labeled, labels};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

static THREADS: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

#[labeled(inside = "hook")]
fn hook() {
    CALLS.set(CALLS.get() + 1);
    THREADS.fetch_add(1, SeqCst);
    assert_eq!(Labels::current().to_string(), "inside=hook");
    assert_eq!(labels! { "nested" => 1 }.scope(Labels::current).to_string(), "inside=hook,nested=1");
}

#[labeled(route)]
fn scope(route: &str) -> u32 {
    CALLS.get()
}

fn on_new_thread(work: impl FnOnce() -> u32 + Send + 'static) -> u32 {
    thread::spawn(work).join().unwrap()
}

#[test]
fn each_thread_calls_the_hook_once() {
    assert_eq!(on_new_thread(|| scope("/before the hook is set")), 0);
    observe::set_thread_hook(Some(hook));

    let calls = [
        on_new_thread(|| CALLS.get()),
        on_new_thread(|| scope("/a")),
        on_new_thread(|| (0..100).map(|_| scope("/a")).sum::<u32>() / 100),
        on_new_thread(|| {
            observe::thread_started();
            observe::thread_started();
            scope("/a")
        }),
        on_new_thread(|| labels! { "a" => 1 }.scope(|| CALLS.get())),
        on_new_thread(|| futures::executor::block_on(polled("/a"))),
        on_new_thread(|| {
            drop(polled("/dropped unpolled"));
            CALLS.get()
        }),
        spawn::thread(|| CALLS.get()).join().unwrap(),
        spawn::named_thread(thread::Builder::new(), || CALLS.get()).unwrap().join().unwrap(),
        thread::scope(|s| spawn::scoped_thread(s, || CALLS.get()).join().unwrap()),
        on_new_thread(|| {
            Labels::current();
            CALLS.get()
        }),
    ];
    assert_eq!(calls, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
    assert_eq!(THREADS.load(SeqCst), 9);

    observe::set_thread_hook(None);
    assert_eq!(on_new_thread(|| scope("/after the hook is off")), 0);
}

#[labeled(route)]
async fn polled(route: &str) -> u32 {
    tokio::task::yield_now().await;
    CALLS.get()
}
