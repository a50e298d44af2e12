//! Labels carried to tasks and blocking threads of tokio.

use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, spawn};
use std::future::Future;
use std::rc::Rc;
use tokio::task::{JoinSet, LocalSet, yield_now};

fn job() -> Labels {
    labels! { "job" => 7 }
}

/// Runs on a thread that has labels itself, as a worker that was started inside labelled work has.
fn on_labelled_worker<R>(future: impl Future<Output = R>) -> R {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    labels! { "worker" => "foreign" }.scope(|| runtime.block_on(future))
}

/// What a task sees at its first poll, at a later one, and while it is dropped.
async fn seen() -> [Labels; 2] {
    let first = Labels::current();
    yield_now().await;
    [first, Labels::current()]
}

fn both(labels: &Labels) -> [Labels; 2] {
    [labels.clone(), labels.clone()]
}

#[test]
fn a_plain_task_sees_the_labels_of_its_worker() {
    // The fault that the helper mends; without it the tests below would prove nothing.
    let seen = on_labelled_worker(async { job().scope(|| tokio::spawn(seen())).await.unwrap() });
    assert_eq!(seen, both(&labels! { "worker" => "foreign" }));
}

#[test]
fn a_task_has_the_labels_of_its_spawner_and_none_of_its_worker() {
    let (carried, none) = on_labelled_worker(async {
        let carried = job().replace(|| spawn::task(seen()));
        let none = Labels::none().replace(|| spawn::task(seen()));
        (carried.await.unwrap(), none.await.unwrap())
    });
    assert_eq!((carried, none), (both(&job()), both(&Labels::none())));
}

#[test]
fn an_aborted_task_drops_under_its_labels() {
    struct AtDrop(std::sync::mpsc::Sender<Labels>);
    impl Drop for AtDrop {
        fn drop(&mut self) {
            self.0.send(Labels::current()).unwrap();
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    on_labelled_worker(async {
        let at_drop = AtDrop(sender);
        let task = job().replace(|| {
            spawn::task(async move {
                let _at_drop = at_drop;
                std::future::pending::<()>().await;
            })
        });
        yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    assert_eq!(receiver.try_recv().unwrap(), job());
}

#[test]
fn a_local_task_need_not_be_send() {
    let seen = on_labelled_worker(async {
        let local = async {
            let shared = Rc::new(());
            let task = job().replace(|| {
                spawn::local_task(async move {
                    let seen = seen().await;
                    (seen, Rc::strong_count(&shared), shared)
                })
            });
            task.await.unwrap()
        };
        LocalSet::new().run_until(local).await
    });
    assert_eq!((seen.0, seen.1), (both(&job()), 1));
}

#[test]
fn blocking_work_has_the_labels_of_its_spawner() {
    let (carried, next) = on_labelled_worker(async {
        let carried = job().replace(|| spawn::blocking(Labels::current)).await.unwrap();
        // Most likely the same thread again: nothing of the last work is left on it.
        let next = tokio::task::spawn_blocking(Labels::current).await.unwrap();
        (carried, next)
    });
    assert_eq!((carried, next), (job(), Labels::none()));
}

#[test]
fn tasks_of_a_join_set_have_the_labels_of_their_spawner() {
    let seen = on_labelled_worker(async {
        let mut set = JoinSet::new();
        job().replace(|| {
            spawn::in_set(&mut set, seen());
            spawn::blocking_in_set(&mut set, || both(&Labels::current()));
        });
        set.join_all().await
    });
    assert_eq!(seen, [both(&job()), both(&job())]);
}

#[test]
fn outside_of_a_runtime_a_task_panics_as_tokio_does() {
    let panic = std::panic::catch_unwind(|| drop(spawn::task(async {}))).unwrap_err();
    let text = panic.downcast_ref::<String>().map_or("", String::as_str);
    assert!(text.contains("no reactor running"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_of_many_spawners_keep_apart() {
    let tasks: Vec<_> = (0..200)
        .map(|id| (id, labels! { "id" => id }.scope(|| spawn::task(async { (seen().await, seen().await) }))))
        .collect();
    for (id, task) in tasks {
        let own = labels! { "id" => id };
        assert_eq!(task.await.unwrap(), (both(&own), both(&own)));
    }
}
