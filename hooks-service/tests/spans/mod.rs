//! Labels from spans: which fields, where they are in force, and what becomes of them in whatever order spans are left.

#[cfg(feature = "tracing-opentelemetry")]
mod ids;
#[cfg(all(feature = "trace", target_os = "linux"))]
mod trace;

use hooks_runtime::labels::{Labeled, Labels, spawn};
use hooks_runtime::{coroutine, labeled, labels};
use hooks_service::spans::SpanLabels;
use std::fmt;
use std::pin::pin;
use std::task::{Context, Waker};
use tracing::field::Empty;
use tracing::instrument::Instrument;
use tracing::{Dispatch, Span, dispatcher, info_span, trace_span};
use tracing_subscriber::layer::SubscriberExt;

fn current() -> String {
    Labels::current().to_string()
}

/// With the fields `route`, `tenant` and `step` as labels, on this thread.
fn spans() -> dispatcher::DefaultGuard {
    let layer = SpanLabels::new(["route", "tenant", "step"]).renamed("http.method", "method");
    dispatcher::set_default(&Dispatch::new(tracing_subscriber::registry().with(layer)))
}

#[test]
fn chosen_fields_are_labels_while_a_span_is_entered() {
    let _spans = spans();
    let request = info_span!("request", route = "/orders", bytes = 512, http.method = "GET", tenant = Empty);
    assert_eq!(current(), "");
    request.in_scope(|| assert_eq!(current(), "method=GET,route=/orders"));
    assert_eq!(current(), "");
}

#[test]
fn values_of_each_kind_are_as_in_labels() {
    struct Shown;
    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }
    let _spans = spans();
    let error: &(dyn std::error::Error + 'static) = &fmt::Error;
    let seen = |span: Span| span.in_scope(|| Labels::current().get("step").map(|value| value.to_string()));
    assert_eq!(seen(info_span!("s", step = 7_u64)).as_deref(), Some("7"));
    assert_eq!(seen(info_span!("s", step = -7_i64)).as_deref(), Some("-7"));
    assert_eq!(seen(info_span!("s", step = 1.5)).as_deref(), Some("1.5"));
    assert_eq!(seen(info_span!("s", step = true)).as_deref(), Some("true"));
    assert_eq!(seen(info_span!("s", step = %Shown)).as_deref(), Some("shown"));
    assert_eq!(seen(info_span!("s", step = ?"quoted")).as_deref(), Some("\"quoted\""));
    assert_eq!(seen(info_span!("s", step = error)).as_deref(), Some(&*fmt::Error.to_string()));
    assert_eq!(seen(info_span!("s", other = 1)), None);
    let number = info_span!("s", step = 7).in_scope(|| Labels::current().get("step").unwrap().as_number());
    assert_eq!(number, Some(7));
}

#[test]
fn inner_spans_add_to_outer_ones_and_shadow_them() {
    let _spans = spans();
    let _outer = info_span!("outer", route = "/orders", step = "outer").entered();
    let inner = info_span!("inner", tenant = "acme", step = "inner").entered();
    assert_eq!(current(), "route=/orders,step=inner,tenant=acme");
    drop(inner);
    assert_eq!(current(), "route=/orders,step=outer");
}

#[test]
fn spans_and_scopes_nest_in_either_order() {
    #[labeled(step = "scope", route = "scope")]
    fn scope(work: impl FnOnce() -> String) -> String {
        work()
    }
    let _spans = spans();
    let span = || info_span!("span", step = "span");
    assert_eq!(scope(|| span().in_scope(current)), "route=scope,step=span");
    assert_eq!(span().in_scope(|| scope(current)), "route=scope,step=scope");
    assert_eq!(
        span().in_scope(|| scope(|| info_span!("inner", step = "inner").in_scope(current))),
        "route=scope,step=inner"
    );
}

#[test]
fn spans_left_out_of_order_leave_the_others_in_force() {
    let _spans = spans();
    let spans = ["first", "second", "third"].map(|step| info_span!("span", step));
    let [first, second, third] = spans.each_ref().map(|span| Some(span.enter()));
    assert_eq!(current(), "step=third");
    drop(second);
    assert_eq!(current(), "step=third");
    drop(third);
    assert_eq!(current(), "step=first");
    let second = spans[1].enter();
    drop(first);
    assert_eq!(current(), "step=second");
    drop(second);
    assert_eq!((current(), coroutine::left_out_of_order()), (String::new(), 0));
}

#[test]
fn a_span_that_outlives_the_scope_it_was_entered_in_takes_nobodys_labels_along() {
    #[labeled(route)]
    fn handle(route: &str, span: Span) -> tracing::span::EnteredSpan {
        let entered = span.entered();
        assert_eq!(current(), "route=/orders,step=kept,tenant=acme");
        entered
    }
    let _spans = spans();
    labels! { "tenant" => "acme" }.scope(|| {
        let entered = handle("/orders", info_span!("span", step = "kept"));
        assert_eq!(current(), "step=kept,tenant=acme");
        // Another scope at the same place of the stack.
        drop(handle("/orders", info_span!("span", step = "kept")));
        drop(entered);
        assert_eq!(current(), "tenant=acme");
    });
    assert_eq!((current(), coroutine::left_out_of_order()), (String::new(), 0));
}

#[test]
fn a_scope_is_left_right_while_spans_inside_of_it_change() {
    let _spans = spans();
    let outer = info_span!("outer", step = "outer").entered();
    labels! { "route" => "/orders" }.scope(|| {
        drop(outer);
        assert_eq!(current(), "route=/orders");
        let inner = info_span!("inner", step = "inner").entered();
        labels! { "tenant" => "acme" }.scope(|| drop(inner));
        assert_eq!(current(), "route=/orders");
    });
    assert_eq!((current(), coroutine::left_out_of_order()), (String::new(), 0));
}

#[test]
fn carried_work_has_the_labels_of_its_spawner_and_none_of_the_spans_of_its_thread() {
    let _spans = spans();
    let carried = info_span!("request", route = "/orders").in_scope(Labels::current);
    let _worker = info_span!("worker", step = "worker").entered();
    assert_eq!(carried.replace(current), "route=/orders");
    carried.replace(|| {
        info_span!("inner", step = "inner")
            .in_scope(|| assert!(current().starts_with("route=/orders,step=inner")));
    });
    let seen = info_span!("request", route = "/users").in_scope(|| spawn::thread(current));
    assert_eq!(seen.join().unwrap(), "route=/users,step=worker");
}

#[test]
fn a_span_brings_the_labels_of_its_parent_to_another_thread() {
    let _spans = spans();
    let request = info_span!("request", route = "/orders");
    let child = request.in_scope(|| info_span!("child", step = 2));
    let bare = request.in_scope(|| info_span!("bare"));
    let detached = request.in_scope(|| info_span!(parent: None, "detached", step = 3));
    let seen = |span: Span| {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        std::thread::spawn(move || dispatcher::with_default(&dispatch, || span.in_scope(current)))
            .join()
            .unwrap()
    };
    assert_eq!(seen(child), "route=/orders,step=2");
    assert_eq!(seen(bare), "route=/orders");
    assert_eq!(seen(detached), "step=3");
}

#[test]
fn a_field_that_is_recorded_later_is_a_label_from_then_on() {
    let _spans = spans();
    let request = info_span!("request", route = "/orders", tenant = Empty);
    let _entered = request.enter();
    assert_eq!(current(), "route=/orders");
    Span::current().record("tenant", "acme");
    assert_eq!(current(), "route=/orders,tenant=acme");
    assert_eq!(info_span!("inner").in_scope(current), "route=/orders,tenant=acme");
}

#[test]
fn an_instrumented_future_has_them_in_its_polls_and_a_span_kept_over_an_await_does_no_harm() {
    let _spans = spans();
    let pending = || async {
        let seen = current();
        futures::future::poll_fn(|context| {
            context.waker().wake_by_ref();
            std::task::Poll::Ready(())
        })
        .await;
        seen
    };
    let instrumented = pending().instrument(info_span!("task", step = "task"));
    assert_eq!(
        futures::executor::block_on(instrumented.labeled(labels! { "route" => "/a" })),
        "route=/a,step=task"
    );
    assert_eq!(current(), "");

    let kept = async {
        let _kept = info_span!("kept", step = "kept").entered();
        std::future::pending::<()>().await;
    };
    {
        let mut kept = pin!(kept.labeled(labels! { "route" => "/a" }));
        assert!(kept.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(current(), "step=kept", "it is entered until it is dropped");
        assert_eq!(labels! { "route" => "/b" }.scope(current), "route=/b,step=kept");
    }
    assert_eq!((current(), coroutine::left_out_of_order()), (String::new(), 0));
}

#[test]
fn a_span_entered_twice_is_left_twice_and_one_that_was_not_is_nobodys() {
    let _spans = spans();
    let span = info_span!("span", step = 1);
    let (outer, inner) = (span.enter(), span.enter());
    drop(outer);
    assert_eq!(current(), "step=1");
    drop(inner);
    assert_eq!(current(), "");
    let dispatch = dispatcher::get_default(Dispatch::clone);
    dispatch.exit(&span.id().unwrap());
    assert_eq!(current(), "");
}

#[test]
fn a_span_that_is_left_by_who_reads_its_labels_is_read_to_the_end() {
    let _spans = spans();
    let mut entered = Some(info_span!("span", route = "/orders", step = "left", tenant = "acme").entered());
    let mut seen = Vec::new();
    labels::observe::visit(&mut |key, value| {
        drop(entered.take());
        seen.push(format!("{key}={value}"));
    });
    assert_eq!(seen, ["route=/orders", "step=left", "tenant=acme"]);
    assert_eq!(current(), "");
}

#[test]
fn spans_beyond_the_bound_are_counted_and_the_others_kept() {
    let _spans = spans();
    let _outer = info_span!("outer", route = "/deep").entered();
    let before = labels::truncated();
    let spans: Vec<_> = (0..40).map(|step| info_span!("inner", step).entered()).collect();
    assert_eq!((current(), labels::truncated() - before), ("route=/deep,step=30".to_owned(), 9));
    spans.into_iter().rev().for_each(drop);
    assert_eq!(current(), "route=/deep");
}

#[test]
fn a_span_that_its_level_turns_off_has_none() {
    let filtered = tracing_subscriber::registry()
        .with(tracing_subscriber::filter::LevelFilter::INFO)
        .with(SpanLabels::new(["step"]));
    tracing::subscriber::with_default(filtered, || {
        assert_eq!(trace_span!("off", step = 1).in_scope(current), "");
        assert_eq!(info_span!("on", step = 1).in_scope(current), "step=1");
    });
}

#[test]
#[cfg(all(feature = "profile", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn a_profile_at_work_sees_spans_come_and_go_in_any_order_and_only_their_labels() {
    let _spans = spans();
    let spans: Vec<_> = (0..8).map(|step| info_span!("span", route = "/storm", step)).collect();
    let running = hooks_service::profile::CpuProfile::builder().frequency(1000).start().unwrap();
    let begun = std::time::Instant::now();
    let mut entered = std::collections::VecDeque::new();
    for turn in 0_usize.. {
        labels! { "tenant" => "acme" }.scope(|| entered.push_back(spans[turn % 8].enter()));
        // In turn the oldest and the newest.
        if entered.len() > 6 {
            drop(if turn % 2 == 0 { entered.pop_front() } else { entered.pop_back() });
        }
        if turn % 1000 == 0 && begun.elapsed() > std::time::Duration::from_secs(1) {
            break;
        }
    }
    drop(entered);
    let profile = running.stop().unwrap();
    let known = |sample: &hooks_service::profile::Sample| {
        let expected =
            |label: &hooks_service::profile::Label| match (&*label.key, label.value.to_string().as_str()) {
                ("route", value) => value == "/storm",
                ("step", value) => value.parse::<u8>().is_ok_and(|step| step < 8),
                ("tenant", value) => value == "acme",
                (key, _) => key == "thread",
            };
        sample.labels().iter().all(expected)
    };
    assert!(profile.samples().iter().all(known), "{:#?}", profile.samples());
    let routes = profile.top_by_label("route");
    assert_eq!(routes.rows().first().and_then(|row| row.value.as_deref()), Some("/storm"), "{routes}");
    assert_eq!((current(), coroutine::left_out_of_order()), (String::new(), 0));
}
