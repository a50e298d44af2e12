//! The page's service: axum and tokio as they are.

use super::child::Child;
use super::roles::{end, say};
use axum::Router;
use axum::routing::get;
use hooks_service::signals::{Shutdown, shutdown};
use libc::SIGTERM;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Not a test: the service. Tokio has had the signal before us if told so, and its handler is never taken away.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn serve(under_tokio: bool, deadline: Duration) {
    let tokios = under_tokio.then(|| signal(SignalKind::terminate()).unwrap());
    let builder = Shutdown::builder().drain_deadline(deadline);
    let shutdown = builder.same_request_within(Duration::ZERO).start().unwrap();
    let router = Router::new().route("/slow", get(slow)).route("/stuck", get(stuck));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    say(&format!("ready at {}", listener.local_addr().unwrap()));
    let drained = async move { _ = shutdown.cancelled().await };
    axum::serve(listener, router).with_graceful_shutdown(drained).await.unwrap();
    drop(tokios);
    say("drained");
    end(0)
}

/// Is under way when the signal comes.
async fn slow() -> &'static str {
    let shutdown = shutdown().unwrap();
    say("under way");
    shutdown.cancelled().await;
    drop(shutdown);
    tokio::time::sleep(Duration::from_millis(20)).await;
    "answered"
}

/// Is never answered.
async fn stuck() {
    let cancelled = shutdown().unwrap().cancelled();
    say("under way");
    cancelled.await;
    // axum's future, which holds the only token, has gone by then.
    tokio::time::sleep(Duration::from_millis(20)).await;
    say("asked");
    std::future::pending::<()>().await;
}

/// A process that serves, and a connection on which it was asked for `path`.
fn asked_for(path: &str, role: &str) -> (Child, TcpStream) {
    let mut child = Child::start(role);
    let address = child.expect("ready at ").rsplit(' ').next().unwrap().trim().to_owned();
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    child.expect("under way");
    (child, connection)
}

#[test]
fn a_request_under_way_is_answered_and_the_service_ends() {
    let (mut child, mut connection) = asked_for("/slow", "web");
    child.signal(SIGTERM);
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("answered"), "{answer}");
    child.expect("drained");
    assert_eq!(child.wait(), Ok(0));
}

#[test]
fn a_request_that_never_ends_is_cut_off_at_the_deadline() {
    let (mut child, mut connection) = asked_for("/stuck", "web_with_a_deadline");
    child.signal(SIGTERM);
    child.expect("flushed");
    assert_eq!(child.wait(), Ok(143));
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    assert_eq!(answer, b"");
    assert!(child.errors().contains("0.5 s after SIGTERM the process still runs"));
}

#[test]
fn a_second_signal_ends_a_service_that_drains() {
    for role in ["web", "web_under_tokio"] {
        let (mut child, _connection) = asked_for("/stuck", role);
        child.signal(SIGTERM);
        child.expect("asked");
        child.signal(SIGTERM);
        assert_eq!(child.wait(), Err(SIGTERM), "{role}");
    }
}
