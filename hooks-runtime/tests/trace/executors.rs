//! Tasks on executors that others wrote: all of them live as they should, and no leak is told where there is none.

use super::recorder;
use super::spans::Spans;
use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt};
use hooks_runtime::labels::{self, Carried, Labels};
use hooks_runtime::trace::observe::Kind;
use hooks_runtime::trace::observe::Kind::{
    Leaked, PollBegin, PollPending, PollReady, PollUnwound, SpanBegin, SpanCancelled, Woken,
};
use hooks_runtime::trace::task;
use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

#[test]
fn what_a_task_starts_by_our_helpers_has_it_as_parent() {
    let recorder = recorder::start(64, 16);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let began = |name| drop(task(name, async {}));
    runtime.block_on(task("outer", async move {
        labels::spawn::task(async move {
            tokio::task::yield_now().await;
            began("task");
        })
        .await
        .unwrap();
        let mut set = tokio::task::JoinSet::new();
        labels::spawn::in_set(&mut set, async move { began("set") });
        labels::spawn::blocking_in_set(&mut set, move || began("blocking set"));
        while set.join_next().await.is_some() {}
        labels::spawn::blocking(move || began("blocking")).await.unwrap();
        let local = tokio::task::LocalSet::new();
        let on_local = async move { labels::spawn::local_task(async move { began("local") }).await.unwrap() };
        local.run_until(on_local).await;
        labels::spawn::thread(move || began("thread")).join().unwrap();
        std::thread::scope(|scope| {
            labels::spawn::scoped_thread(scope, move || began("scoped")).join().unwrap();
        });
        let job = Carried::new("job").clone();
        std::thread::spawn(move || job.run(began)).join().unwrap();
        let callback = labels::spawn::callback(move |name| async move { began(name) });
        tokio::spawn(async move { callback("callback").await }).await.unwrap();
        labels::spawn::join(move || began("left"), || ());
        tokio::spawn(async move { began("alone") }).await.unwrap();
    }));
    let spans = Spans::read(&recorder);
    let outer = spans.named("outer").id;
    let all =
        ["task", "set", "blocking set", "blocking", "local", "thread", "scoped", "job", "callback", "left"];
    for name in all {
        let of = spans.named(name);
        assert_eq!((of.parent, of.flags), (outer, Kind::TASK | Kind::APART), "{name}");
    }
    assert_eq!(spans.named("alone").parent, 0, "by others it has none");
}

/// Every task begins once and ends once, between polls that alternate; each poll but the first was asked for.
fn check_lives(spans: &Spans) -> HashMap<u64, Vec<Kind>> {
    let mut lives: HashMap<u64, Vec<Kind>> = HashMap::new();
    for (kind, id) in &spans.events {
        lives.entry(*id).or_default().push(*kind);
    }
    for (id, life) in &lives {
        let count = |kind| life.iter().filter(|of| **of == kind).count();
        let polls: Vec<Kind> = life.iter().copied().filter(|kind| *kind != Woken).collect();
        let [SpanBegin, between @ .., PollReady | PollUnwound | SpanCancelled] = &polls[..] else {
            panic!("{id}: {life:?}");
        };
        assert!(between.iter().step_by(2).all(|kind| *kind == PollBegin), "{life:?}");
        assert!(between.iter().skip(1).step_by(2).all(|kind| *kind == PollPending), "{life:?}");
        assert!(count(PollBegin) <= count(Woken) + 1, "polled though not woken: {life:?}");
    }
    lives
}

/// Waits for timers, channels, others and for nothing.
async fn work(number: u32) -> u32 {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let answers = tokio::spawn(task("answers", async move {
        tokio::task::yield_now().await;
        sender.send(number).unwrap();
    }));
    if number % 16 == 0 {
        tokio::time::sleep(Duration::from_micros(u64::from(number % 1000))).await;
    }
    let answer = tokio::select! {
        answer = receiver => answer.unwrap(),
        () = pending() => unreachable!(),
    };
    answers.await.unwrap();
    answer
}

#[test]
fn ten_thousand_tasks_of_tokio_end_and_none_is_leaked() {
    let recorder = recorder::start(1024, 64);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    let sum = runtime.block_on(async {
        let tasks: Vec<_> = (0..5_000).map(|number| tokio::spawn(task("works", work(number)))).collect();
        let (polled, was_polled) = tokio::sync::oneshot::channel();
        let never = tokio::spawn(task("aborted", async {
            polled.send(()).unwrap();
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }));
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        was_polled.await.unwrap();
        never.abort();
        assert!(never.await.unwrap_err().is_cancelled());
        sum
    });
    drop(runtime);
    assert_eq!(sum, (0..5_000).sum());
    assert_eq!((recorder.area().dropped(), recorder.area().lost_until()), (0, 0));
    let spans = Spans::read(&recorder);
    assert_eq!(spans.leaked, 0);
    assert_eq!(check_lives(&spans).len(), 10_001);
    assert_eq!(spans.of("aborted"), [SpanBegin, PollBegin, PollPending, SpanCancelled]);
}

#[test]
fn tasks_of_an_executor_inside_of_a_task_have_its_wakers() {
    let recorder = recorder::start(256, 4);
    let (writer, values) = tokio::sync::watch::channel(0);
    let waits = |number| {
        let mut values = values.clone();
        task("inner", async move { values.wait_for(|seen| *seen > number).await.map(|seen| *seen) })
    };
    let mut all: FuturesUnordered<_> = (0..100).map(waits).collect();
    let outer = task("outer", async move {
        let mut ended = 0;
        while let Some(seen) = all.next().await {
            assert!(seen.unwrap() > 0);
            ended += 1;
        }
        ended
    });
    let thread = std::thread::spawn(move || {
        for number in 1..=100 {
            writer.send(number).unwrap();
            std::thread::yield_now();
        }
        writer
    });
    assert_eq!(block_on(outer), 100);
    drop(thread.join().unwrap());
    let spans = Spans::read(&recorder);
    assert_eq!((spans.leaked, recorder.area().dropped()), (0, 0));
    assert_eq!(check_lives(&spans).len(), 101);
}

#[test]
fn a_leak_on_tokio_is_told_and_nothing_else() {
    let recorder = recorder::start(64, 64);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let (sender, receiver) = tokio::sync::mpsc::channel::<u32>(1);
        // Its sender is alive, so it waits, and may be woken.
        let waits = tokio::spawn(task("waits", async move { { receiver }.recv().await }));
        let leaks = tokio::spawn(task("leaks", pending::<()>()));
        while recorder.area().leaked() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        sender.send(7).await.unwrap();
        assert_eq!(waits.await.unwrap(), Some(7));
        leaks.abort();
        assert!(leaks.await.is_err());
    });
    let spans = Spans::read(&recorder);
    assert_eq!(spans.leaked, 1);
    assert_eq!(spans.of("leaks"), [SpanBegin, PollBegin, PollPending, Leaked, SpanCancelled]);
    assert!(!spans.of("waits").contains(&Leaked));
}

#[test]
fn work_that_was_carried_keeps_its_labels() {
    let recorder = recorder::start(8, 4);
    let labels = hooks_runtime::labels! { "route" => "/orders" };
    let seen = block_on(task("outer", async move {
        labels.scope(|| labels::spawn::thread(|| (Labels::current(), drop(task("inner", async {}))).0)).join()
    }));
    assert_eq!(seen.unwrap().to_string(), "route=/orders");
    assert_eq!(Spans::read(&recorder).named("inner").rest, ["route", "/orders"]);
}
