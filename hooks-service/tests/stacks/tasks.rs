//! The tasks of a dump, on a runtime that knows nothing of it.

#[cfg(target_arch = "x86_64")]
use super::in_a_child;
use super::{dump, until};
use hooks_runtime::labels::{Labeled, Labels};
use hooks_runtime::tasks::watched;
use hooks_runtime::{labeled, labels};
use hooks_service::stacks::{Dump, Place, TaskGroup, watch_tasks};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
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
    // The clock of the tasks goes.
    until(|| group(&dump(), "tasks::append").oldest() >= std::time::Duration::from_millis(200));
    let dump = dump();
    let group = group(&dump, "tasks::append");
    assert_eq!((group.count(), group.running()), (10_000, 0));
    let names: Vec<_> = group.places().iter().map(Place::to_string).collect();
    assert_eq!(names, ["main::stacks::tasks::append", "main::stacks::tasks::handle"]);
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
        runtime.spawn(async move { append(2, &audit).await }.labeled_instead(labelled.clone()));
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

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

fn poll_once(future: &mut Boxed) {
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn a_task_of_very_many_futures_is_cut_and_says_so() {
    watch_tasks(1000).unwrap();
    let nested = |depth| {
        let innermost: Boxed = Box::pin(std::future::pending());
        (0..depth).fold(innermost, |inner, _| -> Boxed { Box::pin(watched(inner)) })
    };
    let (mut whole, mut cut) = (nested(16), nested(17));
    let mut text = Vec::new();
    for (task, is_cut) in [(&mut whole, false), (&mut cut, true)] {
        poll_once(task);
        let dump = dump();
        let tasks = dump.tasks().unwrap();
        assert!(
            tasks.groups().iter().any(|group| group.places().len() == 16 && group.is_cut() == is_cut),
            "{tasks:?}"
        );
        tasks.write_text(&mut text).unwrap();
        assert_eq!(String::from_utf8_lossy(&text).contains("\n..more futures further out..\n"), is_cut);
    }
}

#[labeled(route)]
async fn pay(route: &'static str, audit: Arc<Semaphore>) {
    append_as("/pay/audit", &audit).await;
}

#[labeled(route)]
async fn append_as(route: &'static str, audit: &Semaphore) {
    let _permit = audit.acquire().await;
}

#[test]
fn a_group_has_its_oldest_those_that_run_and_the_innermost_labels() {
    const OLD: std::time::Duration = std::time::Duration::from_millis(300);
    watch_tasks(1000).unwrap();
    let (runtime, stalled) = (runtime(), Arc::new(Semaphore::new(0)));
    runtime.spawn(pay("/pay", Arc::clone(&stalled)));
    until(|| dump().tasks().unwrap().groups().first().is_some_and(|group| group.oldest() >= OLD));
    runtime.spawn(pay("/pay", Arc::clone(&stalled)));
    until(|| dump().tasks().unwrap().total() == 2);
    let both = dump();
    let both = group(&both, "tasks::append_as");
    assert!(both.count() == 2 && both.oldest() >= OLD, "{both:?}");
    assert_eq!(shares(both), ["route=/pay/audit 2"]);

    let (end, go_on) = std::sync::mpsc::channel::<()>();
    let mut polls = 0;
    runtime.spawn(watched(poll_fn(move |context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls == 2 {
            // Does not return before the end.
            let _ = go_on.recv();
            return Poll::Ready(());
        }
        Poll::Pending
    })));
    let running = |dump: &Dump| dump.tasks().unwrap().groups().iter().map(TaskGroup::running).sum::<u64>();
    until(|| running(&dump()) == 1);
    let mut text = Vec::new();
    dump().tasks().unwrap().write_text(&mut text).unwrap();
    assert!(
        String::from_utf8_lossy(&text).contains("\n1 task, 1 running, at "),
        "{}",
        String::from_utf8_lossy(&text)
    );
    drop(end);
}

/// Whether the clock of the tasks goes in this process.
#[cfg(target_arch = "x86_64")]
fn time_passes() -> bool {
    let mut waits: Boxed = Box::pin(watched(std::future::pending()));
    poll_once(&mut waits);
    (0..5000).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        let dump = dump();
        dump.tasks().is_some_and(|tasks| tasks.groups().iter().any(|group| !group.oldest().is_zero()))
    })
}

#[test]
#[cfg(target_arch = "x86_64")]
fn a_forked_child_keeps_its_own_time() {
    watch_tasks(1000).unwrap();
    in_a_child(|| dump().tasks().is_none() && watch_tasks(1000).is_ok() && time_passes());
}
