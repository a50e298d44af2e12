//! Labels carried into rayon's pools.

use hooks_runtime::labels;
use hooks_runtime::labels::{Labeled, Labels, spawn};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    let mut seen = [const { Labels::none() }; 3];
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

/// What adaptors and consumers compute, each with the labels in force there.
fn seen_by<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    labelled_pool().install(|| job().replace(work))
}

/// The two threads of a pool, each of which has a part of an iterator.
#[derive(Default)]
struct Both(AtomicUsize);

impl Both {
    /// Waits until both have come here.
    fn meet<T>(&self, value: T) -> T {
        let own = 1 << rayon::current_thread_index().unwrap();
        self.0.fetch_or(own, Ordering::Relaxed);
        while self.0.load(Ordering::Relaxed) != 0b11 {
            std::thread::yield_now();
        }
        value
    }
}

#[test]
fn a_parallel_iterator_without_labels_has_those_of_its_workers() {
    let both = Both::default();
    let seen: HashSet<Labels> =
        seen_by(|| (0..1000).into_par_iter().map(|_| both.meet(Labels::current())).collect());
    assert!(seen.contains(&labels! { "worker" => "foreign" }), "{seen:?}");
}

#[test]
fn a_parallel_iterator_has_its_labels_on_each_thread_before_and_after_it() {
    let both = Both::default();
    let (seen, threads): (HashSet<Labels>, HashSet<_>) = seen_by(|| {
        let before = (0..1000).into_par_iter().map(|_| both.meet(Labels::current()));
        let after = before.carried().flat_map_iter(|before| [before, Labels::current()]);
        after.map(|seen| (seen, rayon::current_thread_index())).unzip()
    });
    assert_eq!((seen, threads.len()), (HashSet::from([job()]), 2));
}

#[test]
fn items_keep_their_order_and_number_and_their_numbers_have_the_labels() {
    let both = Both::default();
    let all: Vec<(u32, Labels)> = seen_by(|| {
        let numbered = (0..1000_u32).into_par_iter().rev().enumerate();
        let zipped = numbered.zip(0..1000_u32).map(|item| both.meet(item)).carried();
        assert_eq!(zipped.opt_len(), Some(1000));
        let sums = zipped.map(|((at, item), other)| u32::try_from(at).unwrap() + item + other);
        sums.map(|sum| (sum, Labels::current())).collect()
    });
    let expected: Vec<_> = (999..1999).map(|sum| (sum, job())).collect();
    assert_eq!(all, expected);
}

#[test]
fn parts_are_joined_with_the_labels() {
    let both = Both::default();
    let reduce = || {
        let each = (0..64).into_par_iter().map(|_| HashSet::from([both.meet(Labels::current())]));
        each.carried().reduce_with(|mut left, right| {
            left.insert(Labels::current());
            left.extend(right);
            left
        })
    };
    assert_eq!(seen_by(reduce), Some(HashSet::from([job()])));
}

#[test]
fn a_search_ends_early_and_a_panic_comes_out() {
    assert_eq!(seen_by(|| (0..1000).into_par_iter().carried().find_any(|item| *item == 500)), Some(500));
    let panics = || (0..1000).into_par_iter().carried().for_each(|item| assert!(item != 500, "item 500"));
    let panic = std::panic::catch_unwind(|| seen_by(panics)).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"item 500"));
}

#[test]
fn work_that_a_waiting_worker_takes_has_its_own_labels() {
    // One thread: while it waits for one side of the join it runs the other iterator's parts.
    let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let own = |name: &'static str| {
        labels! { "name" => name }.scope(|| {
            let seen = (0..100).into_par_iter().carried().map(|_| Labels::current());
            seen.collect::<HashSet<_>>()
        })
    };
    let (left, right) = pool.install(|| job().scope(|| rayon::join(|| own("left"), || own("right"))));
    for (name, seen) in [("left", left), ("right", right)] {
        assert_eq!(seen, HashSet::from([labels! { "job" => 7, "name" => name }]));
    }
}
