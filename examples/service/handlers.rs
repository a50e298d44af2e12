//! The routes. `#[labeled]` on each handler is all that the profile by route and tenant needs.

use crate::truth::known;
use crate::work::{self, Order};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Json, Router};
use hooks_runtime::labels::spawn;
use hooks_runtime::{labeled, labels::Labels, region, task};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// All routes.
pub(crate) const ROUTES: [&str; 5] = ["/orders", "/hash", "/sort", "/report", "/thumbnail"];

/// One more, which is slow on purpose: what a trace is for.
pub(crate) const SLOW: &str = "/stock";

pub(crate) fn router() -> Router {
    Router::new()
        .route("/orders", get(orders))
        .route("/hash", get(hash))
        .route("/sort", get(sort))
        .route("/report", get(report))
        .route("/thumbnail", get(thumbnail))
        .route(SLOW, get(stock))
}

/// Writes and reads JSON.
#[labeled(route, tenant)]
async fn orders(Route(route): Route, Tenant(tenant): Tenant) -> Json<Vec<Order>> {
    Json(known(|| work::orders(50)))
}

/// Hashes.
#[labeled(route, tenant)]
async fn hash(Route(route): Route, Tenant(tenant): Tenant) -> String {
    known(|| work::hash(256 * 1024))
}

/// Sorts.
#[labeled(route, tenant)]
async fn sort(Route(route): Route, Tenant(tenant): Tenant) -> String {
    known(|| work::sort(20_000)).to_string()
}

/// Works in a task of its own: [`spawn::task`] carries the labels over.
#[labeled(route, tenant)]
async fn report(Route(route): Route, Tenant(tenant): Tenant) -> String {
    let words = spawn::task(async { known(|| work::count_words(60_000)) });
    words.await.map_or_else(|failed| failed.to_string(), |words| words.to_string())
}

/// Works on a blocking thread: [`spawn::blocking`] carries the labels over.
#[labeled(route, tenant)]
async fn thumbnail(Route(route): Route, Tenant(tenant): Tenant) -> String {
    let sum = spawn::blocking(|| known(|| work::shrink(640)));
    sum.await.map_or_else(|failed| failed.to_string(), |sum| sum.to_string())
}

/// Slow: a lock is held over a sleep, and all others wait for it.
#[task("stock")]
async fn stock() -> String {
    reserve().await.to_string()
}

#[region("reserve", slow = "50ms")]
async fn reserve() -> u64 {
    let mut stock = lock().await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    *stock += 1;
    *stock
}

#[region("wait for the lock")]
async fn lock() -> MutexGuard<'static, u64> {
    static STOCK: Mutex<u64> = Mutex::const_new(0);
    STOCK.lock().await
}

/// The route as it was declared, `/users/{id}` and not `/users/7`: few values, so that they add up.
struct Route(String);

impl<S: Sync> FromRequestParts<S> for Route {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let path = parts.extensions.get::<MatchedPath>();
        Ok(Route(path.map_or("(unknown)", MatchedPath::as_str).to_owned()))
    }
}

/// Who asks: the header `x-tenant`.
struct Tenant(String);

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let tenant = parts.headers.get("x-tenant").and_then(|value| value.to_str().ok());
        Ok(Tenant(tenant.unwrap_or("(none)").to_owned()))
    }
}

/// The route and tenant of the work that runs here.
pub(crate) fn route_and_tenant() -> (String, String) {
    let labels = Labels::current();
    let value = |key| labels.get(key).map_or_else(String::new, |value| value.to_string());
    (value("route"), value("tenant"))
}
