//! `#[region]` and `#[task]`: what is recorded of annotated fns, and that nothing is looked at while no recorder runs.

use super::recorder::{self, Recorder};
use futures::executor::block_on;
use hooks_runtime::trace::observe::{Field, Fields, Kind, Records, set_slow_hook};
use hooks_runtime::{region, task};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::task::Poll;

/// Each event of this thread as `RegionBegin query values`.
fn told(recorder: &Recorder) -> Vec<String> {
    let sites = recorder.area().sites();
    let name = |subject: u64| {
        let text = sites.iter().find(|(at, _)| *at == subject).map_or("", |(_, text)| text);
        let path = text.split(") ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("");
        path.rsplit("::").next().unwrap_or("").to_owned()
    };
    let tell = |kind: Kind, subject: u64, payload: &[u8]| {
        let fields = Fields::new(payload).map(|field| format!(" {field:?}"));
        match kind {
            Kind::RegionBegin | Kind::RegionEnd => {
                format!("{kind} {}{}", name(subject), fields.collect::<String>())
            }
            // The site is the second, and the first differs from run to run.
            Kind::SpanBegin => {
                let Some(Field::Unsigned(site)) = Fields::new(payload).nth(1) else {
                    panic!("a span has its site")
                };
                format!("{kind} {}{}", name(site), fields.skip(2).collect::<String>())
            }
            // Nobody knows how long it took.
            Kind::Slow => format!("{kind} {}", name(subject)),
            _ => kind.to_string(),
        }
    };
    let chunks = recorder.chunks();
    let records = chunks.iter().flat_map(|(_, words)| Records::new(words));
    records.map(|record| tell(record.kind, record.subject, record.payload)).collect()
}

#[region]
fn outer(depth: u32) -> u32 {
    inner();
    if depth == 0 { 0 } else { outer(depth - 1) + 1 }
}

#[region("by another name")]
fn inner() {}

#[test]
fn regions_nest_and_recur() {
    outer(0);
    let recorder = recorder::start(4, 4);
    assert_eq!(outer(1), 1);
    let (begin, end) = ("RegionBegin outer", "RegionEnd outer");
    let inside = ["RegionBegin inner", "RegionEnd inner"];
    let expected = [&[begin][..], &inside, &[begin], &inside, &[end, end]].concat();
    assert_eq!(told(&recorder), expected);
    let named = |site: &hooks_runtime::Site| site.function().ends_with("annotated::inner");
    let site = hooks_runtime::sites().into_iter().find(named).unwrap();
    assert_eq!((site.attribute(), site.arguments()), ("region", "name=by another name"));
}

#[region]
fn leaves(how: u8) -> Option<u8> {
    match how {
        0 => return Some(0),
        1 => None?,
        2 => panic!("on purpose"),
        _ => {}
    }
    Some(how)
}

#[test]
fn a_region_ends_however_it_is_left() {
    let recorder = recorder::start(4, 4);
    assert_eq!((leaves(0), leaves(1), leaves(3)), (Some(0), None, Some(3)));
    assert!(catch_unwind(|| leaves(2)).is_err());
    assert_eq!(told(&recorder), ["RegionBegin leaves", "RegionEnd leaves"].repeat(4));
}

thread_local! {
    static LOOKED: Cell<u32> = const { Cell::new(0) };
}

fn looked_at<T>(value: T) -> T {
    LOOKED.set(LOOKED.get() + 1);
    value
}

#[region(route, user = %looked_at(&user), looked = looked_at(-1), "http.code" = ?looked_at(Some(404)), none = None::<u8>)]
fn with_values(route: &str, user: String) -> String {
    drop(user);
    route.to_owned()
}

#[region(route, user = %looked_at(&user))]
async fn with_values_later(route: &str, user: String) -> String {
    drop(user);
    route.to_owned()
}

#[test]
fn values_are_looked_at_once_and_only_while_a_recorder_runs() {
    with_values("/off", "nobody".into());
    block_on(with_values_later("/off", "nobody".into()));
    assert_eq!(LOOKED.get(), 0);
    let recorder = recorder::start(4, 4);
    with_values("/on", "anna".into());
    assert_eq!(LOOKED.get(), 3);
    block_on(with_values_later("/later", "anna".into()));
    assert_eq!(LOOKED.get(), 4);
    let expected = [
        r#"RegionBegin with_values Text("/on") Text("anna") Signed(-1) Text("Some(404)") Absent"#,
        "RegionEnd with_values",
        r#"SpanBegin with_values_later Unsigned(0) Text("") Text("/later") Text("anna")"#,
        "PollBegin",
        "PollReady",
    ];
    assert_eq!(told(&recorder), expected);
}

#[region(loud = loud())]
fn with_a_loud_value() {}

fn loud() -> u8 {
    panic!("on purpose")
}

#[region(half = half?)]
fn with_a_value_that_returns(half: Option<u8>) -> Option<u8> {
    half
}

#[test]
fn a_value_that_leaves_the_fn_does_so_before_the_region() {
    with_a_loud_value();
    let recorder = recorder::start(4, 4);
    assert!(catch_unwind(with_a_loud_value).is_err());
    assert_eq!(with_a_value_that_returns(None), None);
    assert_eq!(told(&recorder), [""; 0]);
    with_a_value_that_returns(Some(1));
    assert_eq!(told(&recorder).len(), 2);
}

#[region]
fn stops(recorder: &mut Option<Recorder>) {
    inner();
    drop(recorder.take());
}

#[region]
fn starts(recorder: &mut Option<Recorder>) {
    *recorder = Some(recorder::start(4, 4));
    inner();
}

#[test]
fn a_region_that_is_open_where_the_recorder_starts_or_stops_is_half_or_not_there() {
    let mut recorder = Some(recorder::start(4, 4));
    let kept = recorder.as_ref().unwrap().kept;
    stops(&mut recorder);
    let first = ["RegionBegin stops", "RegionBegin inner", "RegionEnd inner"];
    assert_eq!(told(&std::mem::ManuallyDrop::new(Recorder { kept })), first);
    let mut recorder = None;
    starts(&mut recorder);
    assert_eq!(told(&recorder.unwrap()), ["RegionBegin inner", "RegionEnd inner"]);
}

#[region(slow = "1ms")]
fn slow(take: bool) {
    if take {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[region(slow = "1ms")]
async fn slow_later() {
    std::thread::sleep(std::time::Duration::from_millis(2));
}

#[region(slow = "20m")]
fn never_so_slow() {}

static SLOW: Mutex<Vec<(&str, u64)>> = Mutex::new(Vec::new());

#[test]
fn what_takes_too_long_is_told_once_it_is_over_and_only_then() {
    set_slow_hook(Some(|site, took| SLOW.lock().unwrap().push((site, took))));
    slow(true);
    assert_eq!(*SLOW.lock().unwrap(), []);
    let recorder = recorder::start(4, 4);
    never_so_slow();
    slow(true);
    let mut over = Box::pin(slow_later());
    block_on(&mut over);
    assert_eq!(told(&recorder).last().unwrap(), "Slow slow_later", "before it is dropped");
    drop(over);
    drop(slow_later());
    let expected = [
        "RegionBegin never_so_slow",
        "RegionEnd never_so_slow",
        "RegionBegin slow",
        "RegionEnd slow",
        "Slow slow",
        "SpanBegin slow_later Unsigned(0) Text(\"\")",
        "PollBegin",
        "PollReady",
        "Slow slow_later",
        "SpanBegin slow_later Unsigned(0) Text(\"\")",
        "SpanCancelled",
    ];
    let told = told(&recorder);
    // On a busy machine a future may be dropped late.
    assert_eq!(told[..expected.len()], expected);
    let told = SLOW.lock().unwrap();
    assert!(told[0].0.starts_with("region(slow=1ms) ") && told[0].0.contains("::slow "), "{told:?}");
    assert!(told[1].0.contains("::slow_later ") && told.iter().all(|slow| slow.1 >= 1_000_000), "{told:?}");
}

#[region(slow = "1ms")]
fn slow_and_panics() {
    slow(true);
    panic!("on purpose");
}

#[test]
fn a_recorder_that_panics_where_a_region_ends_does_no_harm() {
    set_slow_hook(Some(|_, _| panic!("of the recorder")));
    let recorder = recorder::start(4, 4);
    slow(true);
    let panic = catch_unwind(slow_and_panics).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
    let slow = |event: &String| event.starts_with("Slow ");
    assert_eq!(told(&recorder).into_iter().filter(slow).count(), 3);
}

#[region]
async fn later() {
    inner();
    let mut is_first = true;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

#[region(future, way = "by hand")]
fn by_hand(panics: bool) -> impl Future<Output = ()> {
    assert!(!panics, "on purpose");
    async { inner() }
}

#[test]
fn an_async_region_is_a_span_of_which_polls_and_the_end_are_told() {
    let recorder = recorder::start(4, 4);
    block_on(later());
    drop(later());
    block_on(by_hand(false));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(by_hand(true)))).is_err());
    let begin = "SpanBegin later Unsigned(0) Text(\"\")";
    let (inner, by_hand) = (
        ["RegionBegin inner", "RegionEnd inner"],
        "SpanBegin by_hand Unsigned(0) Text(\"\") Text(\"by hand\")",
    );
    let expected = [
        &[begin, "PollBegin"][..],
        &inner,
        &["PollPending", "PollBegin", "PollReady"],
        &[begin, "SpanCancelled"],
        &[by_hand, "PollBegin"],
        &inner,
        &["PollReady"],
        // The future was never made.
        &[by_hand, "SpanCancelled"],
    ];
    assert_eq!(told(&recorder), expected.concat());
}

#[task("checkout")]
#[hooks_runtime::labeled(user)]
async fn checkout(user: u64) {
    inner();
}

#[task]
fn job(panics: bool) {
    assert!(!panics, "on purpose");
}

#[test]
fn tasks_have_labels_and_a_name() {
    block_on(checkout(7));
    job(false);
    let recorder = recorder::start(4, 4);
    block_on(checkout(7));
    job(false);
    assert!(catch_unwind(|| job(true)).is_err());
    let job = "SpanBegin job Unsigned(1) Text(\"\")";
    let expected = [
        "SpanBegin checkout Unsigned(1) Text(\"\") Text(\"user\") Signed(7)",
        "PollBegin",
        "RegionBegin inner",
        "RegionEnd inner",
        "PollReady",
        job,
        "PollBegin",
        "PollReady",
        job,
        "PollBegin",
        "PollUnwound",
    ];
    assert_eq!(told(&recorder), expected);
    let named = |site: &hooks_runtime::Site| site.function().ends_with("annotated::checkout");
    let sites: Vec<_> = hooks_runtime::sites().into_iter().filter(named).collect();
    assert!(sites.iter().any(|site| (site.attribute(), site.arguments()) == ("task", "name=checkout")));
}
