//! Annotated fns, each beside its twin without the attribute.

use hooks_runtime::labels;
use hooks_runtime::{labeled, labels::Labels};
use measures::measure::Case;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const CALLS: u32 = 100_000;
pub(crate) const ROUTE: &str = "/orders";
const TENANT: &str = "acme";

/// The work in every scope: nothing, that the compiler may not know.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would be measured with the scope")]
fn work() {
    black_box(());
}

/// A fn and its annotated twin.
macro_rules! twins {
    ($($plain:ident, $annotated:ident, [$($label:tt)*], ($($arguments:tt)*) $body:block;)*) => {$(
        #[inline(never)]
        pub(crate) fn $plain($($arguments)*) $body

        #[labeled($($label)*)]
        #[inline(never)]
        fn $annotated($($arguments)*) $body
    )*};
}
twins! {
    plain_text, text, [route], (route: &str) { black_box(route); };
    plain_two, two, [route, tenant], (route: &str, tenant: &str) { black_box((route, tenant)); };
    plain_shared, shared, [route], (route: &Arc<str>) { black_box(route); };
    plain_number, number, [shard], (shard: u64) { black_box(shard); };
}

/// Calls another fn, as most do: what has to be kept across the call is kept already.
#[inline(never)]
fn plain_caller(route: &str) {
    plain_text(route);
    black_box(route);
}

#[labeled(route)]
#[inline(never)]
fn caller(route: &str) {
    plain_text(route);
    black_box(route);
}

#[inline(never)]
fn plain_nested(route: &str) {
    plain_text(route);
    work();
}

#[labeled(route)]
#[inline(never)]
fn nested(route: &str) {
    text(route);
    work();
}

async fn plain_future(route: &str) {
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
    black_box(route);
}

#[labeled(route)]
async fn future(route: &str) {
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
    black_box(route);
}

/// A poll through a vtable, as an executor's.
#[inline(never)]
fn poll(future: Pin<&mut (dyn Future<Output = ()> + 'static)>) {
    let poll = black_box(future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll.is_pending());
}

fn polls(name: &'static str, start: fn() -> Pin<Box<dyn Future<Output = ()>>>) -> Case<'static> {
    let mut future = start();
    Case::new(name, CALLS, move || poll(future.as_mut()))
}

/// A text that is not a `&str`, and so is copied; passed by reference, so that nothing but the label is measured.
fn texts(name: &'static str, call: impl Fn(&Arc<str>) + 'static) -> Case<'static> {
    let route = Arc::<str>::from(ROUTE);
    Case::new(name, CALLS, move || call(black_box(&route)))
}

pub(crate) fn cases() -> Vec<Case<'static>> {
    let labels = labels! { "route" => ROUTE };
    let same = labels.clone();
    vec![
        Case::new("plain fn(&str)", CALLS, || plain_text(black_box(ROUTE))),
        Case::new("#[labeled] 1 &str", CALLS, || text(black_box(ROUTE))),
        Case::new("plain fn(&str) that calls", CALLS, || plain_caller(black_box(ROUTE))),
        Case::new("#[labeled] 1 &str, fn that calls", CALLS, || caller(black_box(ROUTE))),
        Case::new("plain fn(&str, &str)", CALLS, || plain_two(black_box(ROUTE), black_box(TENANT))),
        Case::new("#[labeled] 2 &str", CALLS, || two(black_box(ROUTE), black_box(TENANT))),
        texts("plain fn(&Arc<str>)", plain_shared),
        texts("#[labeled] &Arc<str>, copied", shared),
        Case::new("plain fn(u64)", CALLS, || plain_number(black_box(7))),
        Case::new("#[labeled] number", CALLS, || number(black_box(7))),
        Case::new("plain fn(&str), nested", CALLS, || plain_nested(black_box(ROUTE))),
        Case::new("#[labeled] 1 &str, nested in another", CALLS, || nested(black_box(ROUTE))),
        polls("plain async, a poll", || Box::pin(plain_future(ROUTE))),
        polls("#[labeled] async, a poll", || Box::pin(future(ROUTE))),
        Case::new("Labels::scope", CALLS, move || labels.scope(|| plain_text(black_box(ROUTE)))),
        Case::of_rounds("Labels::current, 1 label", move || same.scope(current)),
    ]
}

fn current() -> f64 {
    Case::new("", CALLS / 20, || {
        black_box(Labels::current());
        plain_text(black_box(ROUTE));
    })
    .round()
}
