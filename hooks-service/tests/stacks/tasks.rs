//! The tasks of a dump, on a runtime that knows nothing of it.

use super::{dump, until};
use hooks_runtime::labels::{Labeled, Labels};
use hooks_runtime::tasks::watched;
use hooks_runtime::{labeled, labels};
use hooks_service::stacks::{Dump, Place, TaskGroup, watch_tasks};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

#[labeled(route)]
async fn handle(route: &'static str, audit: Arc<Semaphore>) {
    append(1, &audit).await;
}

#[labeled(shard)]
async fn append(shard: u32, audit: &Semaphore) {
    let _permit = audit.acquire().await;
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn group<'d>(dump: &'d Dump, function: &str) -> &'d TaskGroup {
    let tasks = dump.tasks().unwrap();
    let is = |group: &&TaskGroup| group.places()[0].to_string().ends_with(function);
    tasks.groups().iter().find(is).unwrap_or_else(|| panic!("no {function} in {tasks:?}"))
}

fn shares(group: &TaskGroup) -> Vec<String> {
    let share = |share: &hooks_service::stacks::LabelShare| {
        format!("{}={} {}", share.label.key, share.label.value, share.count)
    };
    group.labels().iter().map(share).collect()
}

#[test]
fn without_asking_there_are_none() {
    assert!(dump().tasks().is_none());
}

#[test]
fn tasks_at_one_place_are_one_group_with_their_labels() {
    watch_tasks(100_000).unwrap();
    watch_tasks(7).unwrap();
    let (runtime, audit) = (runtime(), Arc::new(Semaphore::new(0)));
    let tasks: Vec<_> = (0..10_000)
        .map(|index| {
            let route = if index % 10 < 6 { "/pay" } else { "/orders" };
            runtime.spawn(handle(route, Arc::clone(&audit)))
        })
        .collect();
    until(|| dump().tasks().unwrap().total() == 10_000);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let dump = dump();
    let group = group(&dump, "tasks::append");
    assert_eq!((group.count(), group.running()), (10_000, 0));
    assert!(group.oldest() >= std::time::Duration::from_millis(200), "{:?}", group.oldest());
    let names: Vec<_> = group.places().iter().map(Place::to_string).collect();
    assert_eq!(names, ["stacks::tasks::append", "stacks::tasks::handle"]);
    assert!(group.places()[0].line().unwrap().0.ends_with("tests/stacks/tasks.rs"));
    assert_eq!(shares(group), ["shard=1 10000", "route=/pay 6000", "route=/orders 4000"]);
    let mut text = Vec::new();
    dump.write_text(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (file, line) = group.places()[0].line().unwrap();
    let head = format!("at {file}:{line}, labels shard=1 100 %, route=/pay 60 %, route=/orders 40 %:\n");
    assert!(text.contains("\n10000 tasks, oldest ") && text.contains(&head), "{text}");
    audit.add_permits(10_000);
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    until(|| super::dump().tasks().unwrap().total() == 0);
}

#[test]
fn spawned_and_watched_futures_and_branches_are_told_apart() {
    watch_tasks(1000).unwrap();
    let (runtime, audit) = (runtime(), Arc::new(Semaphore::new(0)));
    for _ in 0..3 {
        let audit = Arc::clone(&audit);
        runtime.spawn(watched(async move { audit.acquire().await.map(drop) }));
    }
    let labelled = labels! { "route" => "/set" };
    for _ in 0..4 {
        let audit = Arc::clone(&audit);
        runtime.spawn(async move { append(2, &audit).await }.labeled_instead(labelled));
    }
    for _ in 0..5 {
        let audit = Arc::clone(&audit);
        runtime
            .spawn(async move { tokio::join!(append(3, &audit), append(4, &audit)) }.labeled(Labels::none()));
    }
    until(|| dump().tasks().unwrap().total() == 17);
    let dump = dump();
    let shown: Vec<_> = dump
        .tasks()
        .unwrap()
        .groups()
        .iter()
        .map(|group| (group.count(), group.places().len(), shares(group)))
        .collect();
    let labels = |labels: &[&str]| labels.iter().map(|label| String::from(*label)).collect::<Vec<_>>();
    let branches = (10, 2, labels(&["shard=3 5", "shard=4 5"]));
    assert_eq!(shown, [branches, (4, 2, labels(&["route=/set 4", "shard=2 4"])), (3, 1, labels(&[]))]);
    assert!(matches!(dump.tasks().unwrap().groups()[2].places()[0], Place::Line(_)));
}

#[labeled(route)]
async fn lends(route: &'static str, mut child: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|context| child.as_mut().poll(context)).await;
}

#[test]
fn a_task_with_the_number_of_one_that_is_gone_has_not_its_children() {
    watch_tasks(100).unwrap();
    let audit = Semaphore::new(0);
    let mut context = Context::from_waker(Waker::noop());
    let mut child = pin!(append(1, &audit));
    {
        let mut parent = pin!(lends("/gone", child.as_mut()));
        assert!(parent.as_mut().poll(&mut context).is_pending());
        assert_eq!(dump().tasks().unwrap().total(), 1);
    }
    let mut next = pin!(append(2, &audit));
    assert!(next.as_mut().poll(&mut context).is_pending());
    let dump = dump();
    let group = group(&dump, "tasks::append");
    assert_eq!((group.count(), group.places().len()), (2, 1), "{:?}", dump.tasks());
}

#[test]
fn what_does_not_fit_is_counted() {
    watch_tasks(100).unwrap();
    let (runtime, audit) = (runtime(), Arc::new(Semaphore::new(0)));
    for _ in 0..200 {
        runtime.spawn(handle("/full", Arc::clone(&audit)));
    }
    until(|| dump().tasks().unwrap().left_out() == 300);
    let dump = dump();
    let tasks = dump.tasks().unwrap();
    assert!(tasks.total() <= 100 && tasks.total() > 0, "{tasks:?}");
    let mut text = Vec::new();
    tasks.write_text(&mut text).unwrap();
    assert!(
        String::from_utf8(text).unwrap().contains("\n300 futures are not among them: the table was full\n")
    );
    drop(runtime);
    until(|| super::dump().tasks().unwrap().left_out() == 0);
}
