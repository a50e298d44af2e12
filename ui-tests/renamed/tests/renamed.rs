//! `crate = ::path` for a runtime that `Cargo.toml` renames.

use rt::labeled;
use rt::labels::Labels;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[labeled(route, crate = ::rt)]
fn sync(route: &str) -> String {
    format!("{route} {}", Labels::current())
}

#[labeled(route, length = route.len(), crate = ::rt)]
async fn later(route: String) -> String {
    drop(route);
    Labels::current().to_string()
}

#[labeled(route = "/by-hand", future, crate = ::rt)]
fn by_hand() -> impl Future<Output = String> {
    async { Labels::current().to_string() }
}

mod inside {
    pub(crate) use rt as runtime;

    #[runtime::labeled(route = "/inside", crate = crate::inside::runtime)]
    pub(crate) fn sync() -> String {
        super::Labels::current().to_string()
    }
}

#[test]
fn the_runtime_may_have_another_name() {
    assert_eq!(sync("/sync"), "/sync route=/sync");
    assert_eq!(ready(later("/later".to_owned())), "length=6,route=/later");
    assert_eq!(ready(by_hand()), "route=/by-hand");
    assert_eq!(inside::sync(), "route=/inside");
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}
