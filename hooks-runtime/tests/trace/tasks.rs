//! Tasks and regions: what is recorded of each, in which order, by whom it is woken, and which of them nobody can wake.

use super::recorder;
use super::spans::{Begin, Executor, Gate, Spans, poll};
use futures::executor::block_on;
use futures::future::{join, poll_fn};
use hooks_runtime::trace::observe::Kind::{
    Leaked, PollBegin, PollPending, PollReady, PollUnwound, SpanBegin, SpanCancelled, Woken,
};
use hooks_runtime::trace::observe::{Kind, stop};
use hooks_runtime::trace::task;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

#[test]
fn each_state_is_recorded_in_order() {
    let (recorder, executor, gate) = (recorder::start(8, 4), Arc::new(Executor::default()), Gate::default());
    let mut future = Box::pin(task("a", gate.clone()));
    assert!(poll(&mut future, &executor).is_pending());
    gate.open();
    assert_eq!(executor.woken(), 1);
    assert!(poll(&mut future, &executor).is_ready());
    drop(future);
    let spans = Spans::read(&recorder);
    assert_eq!(spans.of("a"), [SpanBegin, PollBegin, PollPending, Woken, PollBegin, PollReady]);
    assert_eq!(spans.leaked, 0);
    let Begin { parent, site, flags, rest, .. } = spans.named("a");
    assert_eq!((*parent, *site, *flags, rest.len()), (0, 0, Kind::TASK, 0));
}

#[test]
fn each_way_to_end_is_recorded_once() {
    let (recorder, executor) = (recorder::start(8, 4), Arc::new(Executor::default()));
    drop(task("unpolled", ready(())));
    let mut future = Box::pin(task("cancelled", pending::<()>()));
    let kept = Arc::new(Mutex::new(None));
    let mut waits = Box::pin(task("waits", keeps(&kept)));
    assert!(poll(&mut future, &executor).is_pending() && poll(&mut waits, &executor).is_pending());
    drop((future, waits));
    let mut future = Box::pin(task("panics", async { panic!("as asked") }));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut future, &executor))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(&mut future, &executor))).is_err(), "polled once more");
    drop(future);
    let spans = Spans::read(&recorder);
    assert_eq!(spans.of("unpolled"), [SpanBegin, SpanCancelled]);
    assert_eq!(spans.of("cancelled"), [SpanBegin, PollBegin, PollPending, Leaked, SpanCancelled]);
    assert_eq!(spans.of("waits"), [SpanBegin, PollBegin, PollPending, SpanCancelled]);
    assert_eq!(spans.of("panics"), [SpanBegin, PollBegin, PollUnwound]);
    // After its end a wake goes to the executor, and that is all.
    kept.lock().unwrap().take().unwrap().wake();
    assert_eq!(executor.woken(), 1);
    assert_eq!(Spans::read(&recorder).events, spans.events);
}

/// Pending for good, with a waker kept there.
fn keeps(kept: &Arc<Mutex<Option<Waker>>>) -> impl Future<Output = ()> + use<> {
    let kept = kept.clone();
    poll_fn(move |context| {
        *kept.lock().unwrap() = Some(context.waker().clone());
        Poll::Pending
    })
}

#[test]
fn one_that_was_there_before_the_recorder_begins_with_its_next_poll() {
    let (executor, gate) = (Arc::new(Executor::default()), Gate::default());
    let mut future = Box::pin(task("a", gate.clone()));
    let mut unpolled = Box::pin(task("b", ready(())));
    assert!(poll(&mut future, &executor).is_pending());
    let before = gate.0.lock().unwrap().1.clone().unwrap();
    // Not `will_wake`: optimised, a waker's table may be there more than once.
    assert_eq!(
        before.data(),
        Waker::from(executor.clone()).data(),
        "the executor's own, while no recorder runs"
    );

    let first = recorder::start(8, 4);
    assert!(poll(&mut future, &executor).is_pending());
    assert!(poll(&mut unpolled, &executor).is_ready());
    stop();
    // What it has goes on forwarding.
    gate.open();
    assert_eq!(executor.woken(), 1);
    let second = recorder::start(8, 4);
    assert!(poll(&mut future, &executor).is_ready());

    let (first, second) = (Spans::read(&first), Spans::read(&second));
    assert_eq!(first.of("a"), [SpanBegin, PollBegin, PollPending]);
    assert_eq!(first.of("b"), [SpanBegin, PollBegin, PollReady]);
    assert_eq!(second.of("a"), [SpanBegin, PollBegin, PollReady]);
    for begin in [first.named("a"), first.named("b"), second.named("a")] {
        assert_eq!(begin.flags, Kind::TASK | Kind::WAS_THERE);
    }
    assert_eq!(first.named("a").id, second.named("a").id);
}

#[test]
fn a_beginning_that_was_overwritten_is_recorded_again() {
    let (recorder, executor, gate) = (recorder::start(2, 4), Arc::new(Executor::default()), Gate::default());
    let mut future = Box::pin(task("a", gate));
    (0..5_000).for_each(|_| assert!(poll(&mut future, &executor).is_pending()));
    let spans = Spans::read(&recorder);
    assert!(spans.events.len() < 4_000);
    let Begin { id, flags, .. } = spans.named("a");
    assert_eq!(*flags, Kind::TASK | Kind::WAS_THERE);
    assert!(spans.events.iter().all(|event| event.1 == *id));
    assert!(spans.begins.len() <= 4, "and not with each poll: {}", spans.begins.len());
}

#[test]
fn labels_and_the_task_that_it_began_in_are_there() {
    let recorder = recorder::start(8, 4);
    let labels = hooks_runtime::labels! { "route" => "/orders", "shard" => 3 };
    let outer = labels.scope(|| {
        task("outer", async {
            task("inner", async {}).await;
            block_on_here(task("blocking", async { drop(task("innermost", async {})) }));
            task("sibling", async {}).await;
        })
    });
    block_on(outer);
    drop(task("outside", async {}));
    let spans = Spans::read(&recorder);
    let id = |name| spans.named(name).id;
    assert_eq!(spans.named("outer").rest, ["route", "/orders", "shard", "Signed(3)"]);
    assert!(spans.named("inner").rest.is_empty(), "those of the call, which is polled elsewhere");
    for (name, parent) in [
        ("inner", id("outer")),
        ("sibling", id("outer")),
        ("blocking", id("outer")),
        ("innermost", id("blocking")),
    ] {
        assert_eq!((spans.named(name).parent, spans.named(name).flags), (parent, Kind::TASK), "{name}");
    }
    assert_eq!((spans.named("outer").parent, spans.named("outside").parent), (0, 0));
    assert_eq!(spans.leaked, 0);
}

#[test]
fn the_executors_waker_may_change_and_the_thread_too() {
    let (recorder, gate) = (recorder::start(8, 4), Gate::default());
    let (one, other) = (Arc::new(Executor::default()), Arc::new(Executor::default()));
    let mut future = Box::pin(task("a", gate.clone()));
    assert!(poll(&mut future, &one).is_pending());
    let of_one = gate.waker().unwrap();
    let mut future = std::thread::spawn({
        let other = other.clone();
        move || {
            assert!(poll(&mut future, &other).is_pending());
            future
        }
    })
    .join()
    .unwrap();
    of_one.wake_by_ref();
    assert_eq!((one.woken(), other.woken()), (1, 0));
    let of_other = gate.0.lock().unwrap().1.clone().unwrap();
    gate.open();
    assert_eq!((one.woken(), other.woken()), (1, 1));
    drop((of_one, of_other));
    assert!(poll(&mut future, &one).is_ready());
    drop(future);
    assert_eq!((Arc::strong_count(&one), Arc::strong_count(&other)), (1, 1), "none is held any more");
    let spans = Spans::read(&recorder);
    let polls = [SpanBegin, PollBegin, PollPending, PollBegin, PollPending, Woken, PollBegin, PollReady];
    assert_eq!(spans.of("a"), polls);
    assert_eq!(recorder.area().threads(), 2);
}

#[test]
fn a_task_that_nobody_can_wake_is_told_once() {
    let (recorder, executor) = (recorder::start(8, 4), Arc::new(Executor::default()));
    let kept = Arc::new(Mutex::new(None));
    let mut future = Box::pin(task("a", keeps(&kept)));
    assert!(poll(&mut future, &executor).is_pending());
    assert_eq!(recorder.area().leaked(), 0);
    let waker = kept.lock().unwrap().take().unwrap();
    let another = waker.clone();
    std::thread::spawn(move || drop(waker)).join().unwrap();
    assert_eq!(recorder.area().leaked(), 0);
    drop(another);
    assert_eq!(recorder.area().leaked(), 1);
    drop(future);
    let spans = Spans::read(&recorder);
    assert_eq!(spans.of("a"), [SpanBegin, PollBegin, PollPending, Leaked, SpanCancelled]);
    assert_eq!(spans.leaked, 1, "it was");
}

#[test]
fn a_task_that_is_polled_with_others_is_taken_back() {
    let (recorder, executor, gate) = (recorder::start(8, 4), Arc::new(Executor::default()), Gate::default());
    let mut polls = 0;
    let needs_no_waker = poll_fn(move |_| {
        polls += 1;
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    });
    let mut future = Box::pin(join(task("a", needs_no_waker), task("b", gate.clone())));
    assert!(poll(&mut future, &executor).is_pending());
    assert_eq!(recorder.area().leaked(), 1, "as far as anybody can tell");
    assert!(poll(&mut future, &executor).is_pending());
    assert_eq!(recorder.area().leaked(), 0, "taken back, and not told again");
    gate.open();
    assert!(poll(&mut future, &executor).is_ready());
    assert_eq!(recorder.area().leaked(), 0);
}

/// Whose drop is never called, as of a static, and no leak to a sanitizer.
static FORGOTTEN: Mutex<Vec<Waker>> = Mutex::new(Vec::new());

#[test]
fn a_leak_that_an_earlier_recorder_told_or_none_is_not_taken_back() {
    let (first, executor) = (recorder::start(8, 4), Arc::new(Executor::default()));
    let mut leaks = Box::pin(task("leaks", pending::<()>()));
    let kept = Arc::new(Mutex::new(None));
    let mut waits = Box::pin(task("waits", keeps(&kept)));
    assert!(poll(&mut leaks, &executor).is_pending() && poll(&mut waits, &executor).is_pending());
    stop();
    drop(kept.lock().unwrap().take());
    let second = recorder::start(8, 4);
    assert!(poll(&mut leaks, &executor).is_pending() && poll(&mut waits, &executor).is_pending());
    assert_eq!((first.area().leaked(), second.area().leaked()), (1, 0));
}

#[test]
fn a_waker_that_is_forgotten_or_the_tasks_own_is_not_gone() {
    let (recorder, executor) = (recorder::start(8, 4), Arc::new(Executor::default()));
    let mut forgets = Box::pin(task(
        "forgets",
        poll_fn(|context| {
            FORGOTTEN.lock().unwrap().push(context.waker().clone());
            Poll::<()>::Pending
        }),
    ));
    let mut own = Vec::new();
    let mut holds = Box::pin(task(
        "holds",
        poll_fn(move |context| {
            own.push(context.waker().clone());
            Poll::<()>::Pending
        }),
    ));
    assert!(poll(&mut forgets, &executor).is_pending() && poll(&mut holds, &executor).is_pending());
    drop((forgets, holds));
    assert_eq!(recorder.area().leaked(), 0);
}

#[test]
fn a_wake_from_within_its_poll_is_no_leak() {
    let (recorder, executor) = (recorder::start(8, 4), Arc::new(Executor::default()));
    let mut is_second = false;
    let yields = poll_fn(move |context| {
        if std::mem::replace(&mut is_second, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    });
    let mut future = Box::pin(task("a", yields));
    assert!(poll(&mut future, &executor).is_pending());
    assert_eq!(recorder.area().leaked(), 0);
    assert!(poll(&mut future, &executor).is_ready());
    let spans = Spans::read(&recorder);
    assert_eq!(spans.of("a"), [SpanBegin, PollBegin, Woken, PollPending, PollBegin, PollReady]);
}

#[test]
fn a_waker_of_a_thread_that_has_no_slot_forwards() {
    let (recorder, executor, gate) = (recorder::start(8, 1), Arc::new(Executor::default()), Gate::default());
    let mut future = Box::pin(task("a", gate.clone()));
    assert!(poll(&mut future, &executor).is_pending());
    std::thread::spawn(move || gate.open()).join().unwrap();
    assert_eq!((executor.woken(), recorder.area().dropped()), (1, 1));
    assert!(poll(&mut future, &executor).is_ready());
    assert_eq!(recorder.area().leaked(), 0);
}

/// As `block_on`, which may not be called where two are under way.
fn block_on_here(future: impl Future<Output = ()>) {
    assert!(poll(&mut Box::pin(future), &Arc::default()).is_ready());
}

#[test]
fn a_task_is_what_its_future_is() {
    fn check<F: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>(_: &F) {}
    check(&task("a", ready(())));
}

#[cfg(all(target_os = "linux", not(miri)))]
mod coroutines {
    use super::*;
    use corosensei::{Coroutine, Yielder};
    use hooks_runtime::coroutine::Scopes;

    #[test]
    fn coroutines_that_are_kept_apart_are_in_tasks_of_their_own() {
        let recorder = recorder::start(8, 4);
        let work = |name| {
            Coroutine::new(move |yielder: &Yielder<(), ()>, ()| {
                let within = poll_fn(|_| {
                    yielder.suspend(());
                    drop(task("inner", ready(())));
                    Poll::Ready(())
                });
                block_on_here(task(name, within));
            })
        };
        let mut both = ["first", "second"].map(|name| (work(name), Scopes::new()));
        for _ in 0..2 {
            for (coroutine, scopes) in &mut both {
                scopes.resume(|| coroutine.resume(()));
            }
        }
        drop(task("outside", ready(())));
        let spans = Spans::read(&recorder);
        let parents: Vec<u64> = spans.begins.iter().map(|begin| begin.parent).collect();
        let id = |name| spans.named(name).id;
        assert_eq!(parents, [0, 0, id("first"), id("second"), 0]);
    }
}

mod expansions {
    //! What expansions call.
    use super::*;
    use hooks_runtime::__private::{self, region_future, region_span, task_future};

    static SITE: &str = "task(checkout) here::checkout a.rs:1";
    static REGION: &str = "region(rows) here::query a.rs:2";

    #[test]
    fn a_sync_task_is_one_poll() {
        let recorder = recorder::start(8, 4);
        let checkout = |fails: bool| {
            let _task = __private::task(&SITE);
            drop(task("inner", async {}));
            assert!(!fails, "as asked");
        };
        checkout(false);
        assert!(catch_unwind(AssertUnwindSafe(|| checkout(true))).is_err());
        drop(task("after", async {}));
        let spans = Spans::read(&recorder);
        let site = (&raw const SITE).addr() as u64;
        let tasks: Vec<&Begin> = spans.begins.iter().filter(|begin| begin.site == site).collect();
        let [first, second] = tasks[..] else { panic!("{spans:?}") };
        assert_eq!((first.flags, first.name.as_str()), (Kind::TASK, ""));
        let ends = [PollReady, PollUnwound];
        for (begin, end) in [first, second].into_iter().zip(ends) {
            let of = spans.events.iter().filter(|event| event.1 == begin.id).map(|event| event.0);
            assert_eq!(of.collect::<Vec<_>>(), [SpanBegin, PollBegin, end]);
        }
        assert_eq!((spans.named("inner").parent, spans.named("after").parent), (first.id, 0));
    }

    #[test]
    fn regions_inside_of_a_task_have_its_waker() {
        let (recorder, gate) = (recorder::start(8, 4), Gate::default());
        let executor = Arc::new(Executor::default());
        let query = |gate: Gate| region_future(region_span(&REGION), gate);
        let mut future = Box::pin(task_future(&SITE, join(query(gate.clone()), query(gate.clone()))));
        assert!(poll(&mut future, &executor).is_pending());
        gate.open();
        assert!(poll(&mut future, &executor).is_ready());
        let spans = Spans::read(&recorder);
        let [_, _, task] = &spans.begins[..] else { panic!("{spans:?}") };
        assert_eq!(task.flags, Kind::TASK);
        let begin = &spans.begins[0];
        assert_eq!((begin.flags, begin.site), (0, (&raw const REGION).addr() as u64));
        let of = |id| {
            spans.events.iter().filter(move |event| event.1 == id).map(|event| event.0).collect::<Vec<_>>()
        };
        assert_eq!(of(begin.id), [SpanBegin, PollBegin, PollPending, PollBegin, PollReady]);
        assert_eq!(of(task.id), [SpanBegin, PollBegin, PollPending, Woken, PollBegin, PollReady]);
    }
}
