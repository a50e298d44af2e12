//! Labels carried into rayon's pools.

use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, spawn};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::mpsc::channel;

fn job() -> Labels {
    labels! { "job" => 7 }
}

/// A pool whose threads have labels themselves.
fn labelled_pool() -> ThreadPool {
    let start = |worker: rayon::ThreadBuilder| {
        std::thread::spawn(|| labels! { "worker" => "foreign" }.scope(|| worker.run()));
        Ok(())
    };
    ThreadPoolBuilder::new().num_threads(2).spawn_handler(start).build().unwrap()
}

#[test]
fn plain_work_sees_the_labels_of_its_worker() {
    // The fault that the helpers mend; without it the tests below would prove nothing.
    let seen = job().scope(|| labelled_pool().install(Labels::current));
    assert_eq!(seen, labels! { "worker" => "foreign" });
}

#[test]
fn installed_work_has_the_labels_of_its_caller_and_none_of_its_worker() {
    assert_eq!(job().scope(|| spawn::installed(&labelled_pool(), Labels::current)), job());
    assert_eq!(spawn::installed(&labelled_pool(), Labels::current), Labels::none());
}

#[test]
fn spawned_work_has_the_labels_of_its_spawner() {
    let (sender, receiver) = channel();
    labelled_pool().install(|| {
        job().replace(|| spawn::in_pool(move || sender.send(Labels::current()).unwrap()));
    });
    assert_eq!(receiver.recv().unwrap(), job());
}

#[test]
fn both_sides_of_a_join_have_the_labels_of_their_caller() {
    let pool = labelled_pool();
    let seen = pool.install(|| {
        job().replace(|| {
            spawn::join(
                || labels! { "side" => "left" }.scope(Labels::current),
                || spawn::join(Labels::current, Labels::current),
            )
        })
    });
    assert_eq!(seen, (labels! { "job" => 7, "side" => "left" }, (job(), job())));
}

#[test]
fn a_join_on_many_threads_keeps_every_branch_apart() {
    /// Every leaf tells its path, which its labels must repeat.
    fn branch(path: &str, depth: u32) -> u32 {
        labels! { "path" => path }.scope(|| {
            assert_eq!(Labels::current().get("path").unwrap().as_str(), Some(path));
            if depth == 0 {
                return 1;
            }
            let (left, right) = spawn::join(
                || branch(&format!("{path}l"), depth - 1),
                || branch(&format!("{path}r"), depth - 1),
            );
            assert_eq!(Labels::current().to_string(), format!("path={path}"));
            left + right
        })
    }
    assert_eq!(spawn::installed(&labelled_pool(), || branch("", 10)), 1024);
}

#[test]
fn a_task_of_a_scope_that_starts_later_has_the_labels_of_its_spawner() {
    let mut seen = Labels::none();
    // The task runs when the spawner's labels are gone, under those of the worker.
    labelled_pool().install(|| {
        rayon::scope(|scope| job().replace(|| spawn::in_scope(scope, |_| seen = Labels::current())));
    });
    assert_eq!(seen, job());
}

#[test]
fn a_scope_and_its_tasks_have_the_labels_of_their_spawners_and_may_borrow() {
    let mut seen = [Labels::none(); 3];
    let [body, task, nested] = &mut seen;
    let pool = labelled_pool();
    let returned = job().scope(|| {
        spawn::installed(&pool, || {
            spawn::scope(|scope| {
                *body = Labels::current();
                labels! { "task" => 1 }.scope(|| {
                    spawn::in_scope(scope, |scope| {
                        *task = Labels::current();
                        spawn::in_scope(scope, |_| *nested = Labels::current());
                    });
                });
                "returned"
            })
        })
    });
    assert_eq!(returned, "returned");
    assert_eq!(seen, [job(), labels! { "job" => 7, "task" => 1 }, labels! { "job" => 7, "task" => 1 }]);
}
