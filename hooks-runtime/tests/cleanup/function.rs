//! `#[cleanup(..)]` on a fn: when the call runs, with which arguments, and what the body may do.

use futures::executor::block_on;
use futures::task::noop_waker;
use hooks_runtime::cleanup;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

/// What happened, in order.
#[derive(Default)]
struct Log(RefCell<Vec<String>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    fn lines(&self) -> String {
        self.0.borrow().join(" ")
    }
}

#[allow(clippy::needless_pass_by_value)] // a cleanup is given its arguments
fn note(log: &Log, what: impl ToString) {
    log.add(what.to_string());
}

/// Logs when it is dropped.
struct Noisy<'a>(&'a Log, &'static str);

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

mod every_exit {
    use super::*;

    #[cleanup(note(log, "cleanup"))]
    fn leave(log: &Log, how: &str) -> Result<u32, String> {
        let _local = Noisy(log, "local");
        match how {
            "return" => return Ok(1),
            "?" => Err("no".to_owned())?,
            "panic" => panic!("as asked"),
            "error" => return Err("no".to_owned()),
            _ => {}
        }
        log.add("end");
        Ok(2)
    }

    #[test]
    fn it_runs_after_the_locals_are_gone() {
        for (how, lines) in [
            ("end", "end local cleanup"),
            ("return", "local cleanup"),
            ("?", "local cleanup"),
            ("error", "local cleanup"),
            ("panic", "local cleanup"),
        ] {
            let log = Log::default();
            let result = catch_unwind(AssertUnwindSafe(|| leave(&log, how)));
            assert_eq!(result.is_err(), how == "panic");
            assert_eq!(log.lines(), lines, "{how}");
        }
    }

    #[cleanup(note(log, "cleanup"))]
    fn forever(log: &Log) -> ! {
        log.add("body");
        panic!("as asked")
    }

    #[test]
    fn also_of_a_fn_that_never_returns() {
        let log = Log::default();
        assert!(catch_unwind(AssertUnwindSafe(|| forever(&log))).is_err());
        assert_eq!(log.lines(), "body cleanup");
    }
}

mod arguments {
    use super::*;

    fn acquired(log: &Log, what: &'static str) -> &'static str {
        log.add(format!("acquire {what}"));
        what
    }

    #[cleanup(note(log, acquired(log, "lock")))]
    fn body(log: &Log) {
        log.add("body");
    }

    #[test]
    fn are_evaluated_once_at_entry() {
        let log = Log::default();
        body(&log);
        assert_eq!(log.lines(), "acquire lock body lock");
    }

    #[cleanup(note(log, n))]
    fn changes(log: &Log, mut n: u32) -> u32 {
        n += 1;
        n
    }

    #[test]
    fn are_kept_as_they_were() {
        let log = Log::default();
        assert_eq!(changes(&log, 1), 2);
        assert_eq!(log.lines(), "1");
    }

    #[cleanup(note(log, text.clone()))]
    fn moves(log: &Log, text: String, mut list: Vec<u8>) -> (String, Vec<u8>) {
        let moved = text;
        list.push(1);
        (moved, list)
    }

    #[test]
    fn leave_the_variables_to_the_body() {
        let log = Log::default();
        assert_eq!(moves(&log, "text".into(), vec![0]), ("text".into(), vec![0, 1]));
        assert_eq!(log.lines(), "text");
    }

    fn length(log: &Log, text: &str, bytes: &[u8]) {
        log.add(format!("{} {}", text.len(), bytes.len()));
    }

    #[cleanup(length(log, &format!("{n}"), &vec![0; n]))]
    fn temporaries(log: &Log, n: usize) {
        log.add("body");
    }

    #[test]
    fn may_borrow_temporaries_and_coerce() {
        let log = Log::default();
        temporaries(&log, 12);
        assert_eq!(log.lines(), "body 2 12");
    }

    fn open(log: &Log) -> Option<&'static str> {
        log.add("open");
        None
    }

    #[cleanup(note(log, open(log)?))]
    fn opened(log: &Log) -> Option<u32> {
        log.add("body");
        Some(1)
    }

    #[test]
    fn may_leave_the_fn_before_there_is_anything_to_clean_up() {
        let log = Log::default();
        assert_eq!(opened(&log), None);
        assert_eq!(log.lines(), "open");
    }

    #[cleanup(undo(log))]
    fn through_a_variable(log: &Log, mut undo: fn(&Log)) {
        undo = |_| panic!("evaluated too late");
        let _ = undo;
        log.add("body");
    }

    #[test]
    fn the_fn_itself_is_evaluated_at_entry() {
        let log = Log::default();
        through_a_variable(&log, |log| log.add("undo"));
        assert_eq!(log.lines(), "body undo");
    }

    struct Counter {
        log: Log,
        count: u32,
    }

    impl Counter {
        #[cleanup(note(&self.log, "cleanup"))]
        fn count(&mut self) -> &mut u32 {
            self.count += 1;
            &mut self.count
        }

        #[cleanup(Self::done(self.count))]
        fn by_copy(&mut self) -> &mut Self {
            self.count += 1;
            self
        }

        fn done(count: u32) {
            assert_eq!(count, 8);
        }
    }

    #[test]
    fn parts_of_self_may_be_borrowed_beside_the_rest() {
        let mut counter = Counter { log: Log::default(), count: 6 };
        *counter.count() += 1;
        assert_eq!(counter.by_copy().count, 9);
        assert_eq!(counter.log.lines(), "cleanup");
    }

    fn put<T: Default>(place: &RefCell<T>, value: T) {
        place.replace(value);
    }

    #[cleanup(put::<T>(place, before))]
    fn generic<T: Default + Copy, const N: usize>(place: &RefCell<T>, before: T) -> [T; N] {
        let now = *place.borrow();
        place.replace(T::default());
        [now; N]
    }

    #[test]
    fn generics() {
        let place = RefCell::new(5);
        assert_eq!(generic::<u8, 2>(&place, 3), [5, 5]);
        assert_eq!(place.into_inner(), 3);
    }
}

mod order {
    use super::*;

    #[cleanup(note(log, "first"))]
    #[cleanup(note(log, "second"), note(log, "third"))]
    fn several(log: &Log) {
        log.add("body");
    }

    #[cleanup(note(log, "first"))]
    #[hooks_runtime::labeled(x)]
    #[cleanup(note(log, "second"))]
    async fn apart(log: &Log, x: u32) {
        log.add(format!("body {x}"));
    }

    #[test]
    fn the_last_one_read_runs_first() {
        let log = Log::default();
        several(&log);
        assert_eq!(log.lines(), "body third second first");
        let log = Log::default();
        block_on(apart(&log, 1));
        assert_eq!(log.lines(), "body 1 second first");
    }

    fn fail(log: &Log, what: &str) {
        log.add(what);
        panic!("{what} fails");
    }

    #[cleanup(note(log, "first"))]
    #[cleanup(fail(log, "second"))]
    #[cleanup(fail(log, "third"))]
    fn failing(log: &Log) {
        log.add("body");
    }

    #[test]
    fn a_panic_of_one_does_not_skip_the_others() {
        let log = Log::default();
        let panic = catch_unwind(AssertUnwindSafe(|| failing(&log))).expect_err("the first to panic goes on");
        assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("third fails"));
        assert_eq!(log.lines(), "body third second first");
        let site = cleanup::faults().into_iter().find(|(origin, _)| origin.to_string().contains("failing"));
        // The second panicked while the third's panic was under way.
        assert_eq!(site.expect("counted").1.panicked, 1);
    }
}

mod asynchronous {
    use super::*;

    async fn step() {
        let mut first = true;
        std::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    #[cleanup(note(log, name.clone()))]
    async fn work(log: &Log, name: String) -> usize {
        let name = Box::new(name);
        log.add("begin");
        step().await;
        log.add("end");
        name.len()
    }

    fn polled<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&noop_waker()))
    }

    #[test]
    fn it_runs_when_the_body_ends() {
        let log = Log::default();
        let mut future = pin!(work(&log, "x".into()));
        assert_eq!(polled(future.as_mut()), Poll::Pending);
        assert_eq!(polled(future.as_mut()), Poll::Ready(1));
        assert_eq!(log.lines(), "begin end x");
    }

    #[test]
    fn it_runs_when_the_future_is_cancelled() {
        let log = Log::default();
        let mut future = Box::pin(work(&log, "x".into()));
        assert_eq!(polled(future.as_mut()), Poll::Pending);
        assert_eq!(log.lines(), "begin");
        drop(future);
        assert_eq!(log.lines(), "begin x");
    }

    #[test]
    fn a_future_that_never_began_has_nothing_to_clean_up() {
        let log = Log::default();
        drop(work(&log, "x".into()));
        assert_eq!(log.lines(), "");
    }

    #[cleanup(note(log, "cleanup"))]
    async fn panics(log: &Log) {
        step().await;
        let _local = Noisy(log, "local");
        panic!("as asked");
    }

    #[test]
    fn it_runs_when_a_poll_panics() {
        let log = Log::default();
        assert!(catch_unwind(AssertUnwindSafe(|| block_on(panics(&log)))).is_err());
        assert_eq!(log.lines(), "local cleanup");
    }

    #[cleanup(note(log, "cleanup"), future)]
    fn by_hand<'a>(log: &'a Log, what: &'static str) -> Pin<Box<dyn Future<Output = u32> + 'a>> {
        log.add("called");
        Box::pin(async move {
            let _local = Noisy(log, "local");
            step().await;
            log.add(what);
            1
        })
    }

    #[test]
    fn it_covers_the_future_that_a_fn_builds() {
        let log = Log::default();
        assert_eq!(block_on(by_hand(&log, "body")), 1);
        assert_eq!(log.lines(), "called body local cleanup");
        for polls in 0..2 {
            let log = Log::default();
            let mut future = by_hand(&log, "body");
            for _ in 0..polls {
                assert!(polled(future.as_mut()).is_pending());
            }
            drop(future);
            assert_eq!(log.lines(), ["called cleanup", "called local cleanup"][polls]);
        }
    }

    fn release(lock: Rc<RefCell<bool>>) {
        *lock.borrow_mut() = false;
        drop(lock);
    }

    #[cleanup(release(Rc::clone(&lock)))]
    async fn holds(lock: Rc<RefCell<bool>>) {
        lock.replace(true);
        drop(lock);
        step().await;
    }

    #[test]
    fn arguments_may_be_moved_on_by_the_body() {
        let lock = Rc::new(RefCell::new(false));
        let mut future = Box::pin(holds(Rc::clone(&lock)));
        assert!(polled(future.as_mut()).is_pending());
        assert!(*lock.borrow());
        drop(future);
        assert!(!*lock.borrow());
    }

    fn is_send(_: impl Send) {}

    fn nothing(_: u32) {}

    #[cleanup(nothing(x))]
    async fn sendable(x: u32) {
        step().await;
    }

    #[cleanup(nothing(x), on = "error")]
    async fn sendable_on_error(x: u32) -> Result<(), ()> {
        step().await;
        Ok(())
    }

    #[test]
    fn the_future_is_send() {
        is_send(sendable(1));
        is_send(sendable_on_error(1));
    }
}
