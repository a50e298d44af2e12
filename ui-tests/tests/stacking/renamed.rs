//! Attributes on one fn know each other whatever they are called there, and however they come to stand there.

use hooks_runtime::keep_alive::KeepAlive;
use hooks_runtime::{
    cleanup, cleanup as defer, keep_alive as pinned, labeled as tagged, lock_os_thread as locked,
};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

type Log = RefCell<Vec<u8>>;

fn note(log: &Log, what: u8) {
    log.borrow_mut().push(what);
}

#[cleanup(note(log, 1))]
#[cleanup(note(log, 2))]
fn by_its_name(log: &Log) {
    note(log, 0);
}

#[defer(note(log, 1))]
#[defer(note(log, 2))]
fn by_another(log: &Log) {
    note(log, 0);
}

#[cleanup(note(log, 1))]
#[defer(note(log, 2))]
fn by_both(log: &Log) {
    note(log, 0);
}

#[cleanup(note(log, 1))]
#[cfg_attr(all(), cleanup(note(log, 2)))]
fn conditional(log: &Log) {
    note(log, 0);
}

#[cleanup(note(log, 1))]
#[tagged(case = "between")]
#[tracing::instrument(skip_all)]
#[defer(note(log, 2), note(log, 3))]
fn with_others_between(log: &Log) {
    note(log, 0);
}

#[defer(note(log, 1), on = "error")]
#[defer(note(log, 2))]
fn looked_at(log: &Log) -> Result<(), u8> {
    note(log, 0);
    Err(1)
}

/// What the first attribute says of the future, is said of all of them.
#[defer(note(log, 1), future)]
#[defer(note(log, 2))]
fn of_a_future(log: &Log) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async move { note(log, 0) })
}

#[test]
fn cleanups_run_last_to_first() {
    let of = |run: fn(&Log)| {
        let log = Log::default();
        run(&log);
        log.into_inner()
    };
    assert_eq!(of(by_its_name), [0, 2, 1]);
    assert_eq!(of(by_another), [0, 2, 1]);
    assert_eq!(of(by_both), [0, 2, 1]);
    assert_eq!(of(conditional), [0, 2, 1]);
    assert_eq!(of(with_others_between), [0, 3, 2, 1]);
    assert_eq!(of(|log| assert_eq!(looked_at(log), Err(1))), [0, 2, 1]);
    assert_eq!(of(|log| futures::executor::block_on(of_a_future(log))), [0, 2, 1]);
}

#[tagged(case = "moved in")]
#[pinned(buf)]
async fn kept(buf: KeepAlive<Vec<u8>>, (n, _): (usize, u8)) -> usize {
    tokio::task::yield_now().await;
    buf.len() + n
}

#[locked(thread = "kept", reason = "a test")]
#[pinned(buf)]
fn kept_elsewhere((buf, n): (Vec<u8>, usize)) -> usize {
    buf.len() + n
}

#[hooks_runtime::exit_scope]
#[pinned(mut buf)]
#[tagged(case = "a closure")]
fn kept_in_a_closure(mut buf: Vec<u8>) -> usize {
    buf.push(1);
    buf.len()
}

#[test]
fn arguments_are_held_where_the_body_is() {
    assert_eq!(crate::run(kept(KeepAlive::new(vec![1]), (2, 3))), 3);
    assert_eq!(kept_elsewhere((vec![1], 2)), 3);
    assert_eq!(kept_in_a_closure(vec![]), 1);
}

mod flusher {
    use std::sync::atomic::{AtomicU32, Ordering};

    static RUN: AtomicU32 = AtomicU32::new(0);

    mod metrics {
        pub(super) fn flush() {}
    }

    /// Its body has a name of its own for another fn.
    #[hooks_runtime::at_exit]
    #[allow(clippy::items_after_statements, reason = "what comes first, is apart anyhow")]
    fn flush() {
        RUN.fetch_add(1, Ordering::Relaxed);
        use metrics::flush;
        flush();
    }

    #[test]
    fn the_annotated_fn_is_the_one_that_is_called() {
        hooks_runtime::exit::run_flushers(None);
        assert_eq!(RUN.load(Ordering::Relaxed), 1);
    }
}
