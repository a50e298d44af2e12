//! The routes. The layer labels each of them; where work leaves the request a word carries the labels along.

use crate::mail::{Mail, Outbox};
use crate::store::Store;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::routing::get;
use hooks_runtime::labels;
use hooks_runtime::labels::{Carried, Labeled, Labels, spawn};
use hooks_service::layer::LabelLayer;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

pub(crate) fn router(store: Store, outbox: Outbox) -> Router {
    Router::new()
        .route("/orders/{id}", get(order).with_state(store))
        .route("/invite/{name}", get(invite).with_state(outbox))
        .route("/search", get(search))
        .route("/thumbnail", get(thumbnail))
        .route("/export", get(export))
        .layer(LabelLayer::matched_route().and(tenant))
}

/// A label that the router does not know.
fn tenant(request: &Request) -> Labels {
    let tenant = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok());
    labels! { "tenant" => tenant }
}

/// What the routes spend their time on.
pub(crate) fn compute(units: u8) -> u8 {
    (0..units)
        .map(|unit| Sha256::digest(std::hint::black_box(vec![unit; 1024 * 1024]))[0])
        .fold(0, u8::wrapping_add)
}

/// Asks a thread that owns the data, as an embedded database's does.
async fn order(State(store): State<Store>, Path(id): Path<u64>) -> Result<String, StatusCode> {
    store.find(id).await.ok_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// Gives a job to a task that was there before, and does not wait for it.
async fn invite(State(outbox): State<Outbox>, Path(name): Path<String>) -> StatusCode {
    match outbox.send(Carried::new(Mail { to: name })).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Computes on all threads of a pool.
async fn search() -> Result<String, StatusCode> {
    let found = spawn::blocking(|| {
        (0..16_u8).into_par_iter().carried().map(|_| usize::from(compute(1))).sum::<usize>()
    });
    found.await.map(|found| found.to_string()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// Computes on a thread for what blocks.
async fn thumbnail() -> Result<String, StatusCode> {
    let made = spawn::blocking(|| compute(16));
    made.await.map(|made| made.to_string()).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

/// Computes while the answer is sent, when the handler has returned long since. The layer covers it.
async fn export() -> Body {
    let rows = (0..16).map(|_| Ok::<_, Infallible>(Bytes::from(compute(1).to_string())));
    Body::from_stream(futures::stream::iter(rows))
}
