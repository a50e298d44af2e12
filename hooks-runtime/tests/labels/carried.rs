//! Jobs that go to workers which are there already.

use hooks_runtime::labels;
use hooks_runtime::labels::{Carried, Labels};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};

fn job() -> Labels {
    labels! { "job" => 7 }
}

/// Says at its end which labels are in force.
#[derive(Clone)]
struct Witness(Sender<Labels>);

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.0.send(Labels::current());
    }
}

#[test]
fn a_worker_has_the_labels_of_each_job_and_none_of_its_own_nor_of_the_last() {
    let (jobs, inbox) = channel::<Carried<&str>>();
    let worker = std::thread::spawn(move || {
        let run = |job: Carried<&str>| job.run(|name| format!("{name} {}", Labels::current()));
        labels! { "worker" => 1 }.scope(|| inbox.into_iter().map(run).collect::<Vec<_>>())
    });
    job().scope(|| jobs.send(Carried::new("first")).unwrap());
    jobs.send(Carried::new("second")).unwrap();
    labels! { "route" => "/orders" }.scope(|| jobs.send(Carried::new("third")).unwrap());
    drop(jobs);
    assert_eq!(worker.join().unwrap(), ["first job=7", "second ", "third route=/orders"]);
}

#[test]
fn plain_jobs_have_the_labels_of_their_worker() {
    let (jobs, inbox) = channel::<Box<dyn FnOnce() -> Labels + Send>>();
    job().scope(|| jobs.send(Box::new(Labels::current)).unwrap());
    assert!(inbox.recv().unwrap()().is_empty());
}

#[test]
fn the_worker_has_its_own_labels_back_after_a_job_that_panics() {
    let carried = job().scope(|| Carried::new(()));
    let own = labels! { "worker" => 1 };
    own.scope(|| {
        let panic = catch_unwind(AssertUnwindSafe(|| carried.run(|()| panic!("in the job"))));
        assert_eq!((panic.is_err(), Labels::current()), (true, labels! { "worker" => 1 }));
    });
}

#[test]
fn a_job_that_is_never_run_drops_with_its_labels_and_one_that_was_with_them_too() {
    let (log, dropped) = channel();
    drop(job().scope(|| Carried::new(Witness(log.clone()))));
    assert_eq!(dropped.try_recv(), Ok(job()));
    job().scope(|| Carried::new(Witness(log.clone()))).run(drop);
    assert_eq!(dropped.try_recv(), Ok(job()));
    // Without labels is without, and once.
    drop(job().scope(|| Carried::new(Witness(log))).into_job());
    assert_eq!((dropped.recv(), dropped.recv().is_err()), (Ok(Labels::none()), true));
}

#[test]
fn an_async_worker_has_them_in_the_call_each_poll_and_the_drop() {
    let (log, dropped) = channel();
    let carried = job().scope(|| Carried::new(Witness(log)));
    let future = carried.run_async(|witness| {
        let called = Labels::current();
        async move {
            let _witness = witness;
            let polled = Labels::current();
            futures::future::ready(()).await;
            [called, polled]
        }
    });
    let seen = labels! { "worker" => 1 }.scope(|| futures::executor::block_on(future));
    assert_eq!((seen, dropped.recv()), ([job(), job()], Ok(job())));
}

#[test]
fn copies_of_a_job_have_its_labels_and_can_be_looked_at() {
    let first = job().scope(|| Carried::new(vec![1]));
    let second = first.clone();
    assert_eq!((first.labels(), second.labels(), second.job().as_slice()), (job(), job(), [1].as_slice()));
    assert_eq!(
        format!("{second:?}"),
        "Carried { labels: {\"job\": Number { value: 7, unit: \"\" }}, job: [1] }"
    );
    assert_eq!(second.run(|job| (job, Labels::current())), (vec![1], job()));
}

#[test]
fn a_job_may_be_of_any_size_and_is_not_copied_on_the_way() {
    let boxed = Box::new([1_u8; 300]);
    let address = boxed.as_ptr();
    let carried = Carried::new(boxed);
    assert!(carried.run(|job| job.as_ptr() == address));
    assert_eq!(size_of::<Carried<()>>(), 48);
}
