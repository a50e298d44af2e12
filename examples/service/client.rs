//! The load: a few connections that ask for one route after the other, over loopback.

use crate::handlers::{ROUTES, SLOW};
use crate::truth;
use axum::body::Bytes;
use hooks_service::signals::Shutdown;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 8;
/// That ask for the slow route, if they are to.
const SLOW_CONNECTIONS: usize = 4;
const TENANTS: [&str; 3] = ["acme", "globex", "initech"];

/// Asks for `duration` or until the shutdown, and prints how it goes.
pub(crate) fn load(server: SocketAddr, duration: Duration, slow: bool, shutdown: &Shutdown) {
    let (until, shutdown) = (Instant::now() + duration, shutdown.clone());
    let go_on = move || Instant::now() < until && !shutdown.is_cancelled();
    let client = std::thread::spawn(move || connections(server, slow, &go_on));
    show_progress(&client);
    if let Ok(Err(failed)) = client.join() {
        println!("the client failed: {failed}");
    }
}

/// One line that is written over on a terminal; elsewhere, in a log for one, a line a second.
fn show_progress(client: &JoinHandle<Result<(), String>>) {
    let (before, after, interval) = if std::io::stdout().is_terminal() {
        ("\r", "", Duration::from_millis(250))
    } else {
        ("", "\n", Duration::from_secs(1))
    };
    let start = Instant::now();
    while !client.is_finished() {
        std::thread::sleep(interval);
        print!("{before}{:5.1} s  {:7} requests{after}", start.elapsed().as_secs_f64(), truth::requests());
        let _ = std::io::stdout().flush();
    }
    println!();
}

/// On a runtime of its own, so that the service's workers do nothing but serve.
fn connections(
    server: SocketAddr,
    slow: bool,
    go_on: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|failed| failed.to_string())?;
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for first in 0..CONNECTIONS {
            clients.spawn(connection(server, go_on.clone(), first, &ROUTES));
        }
        for first in 0..if slow { SLOW_CONNECTIONS } else { 0 } {
            clients.spawn(connection(server, go_on.clone(), first, &[SLOW]));
        }
        while let Some(ended) = clients.join_next().await {
            ended.map_err(|failed| failed.to_string())?.map_err(|failed| failed.to_string())?;
        }
        Ok(())
    })
}

async fn connection(
    server: SocketAddr,
    go_on: impl Fn() -> bool,
    first: usize,
    routes: &[&str],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut number = first;
    while go_on() {
        match request(&mut sender, number, routes).await {
            // The service closes connections when it drains.
            Err(_) if !go_on() => break,
            answered => answered?,
        }
        number += 1;
    }
    Ok(())
}

/// Tenants differ in how often they ask: 4, 2 and 1 in 7.
async fn request(
    sender: &mut SendRequest<Empty<Bytes>>,
    number: usize,
    routes: &[&str],
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let tenant = TENANTS[[0, 0, 0, 0, 1, 1, 2][number / routes.len() % 7]];
    let request = hyper::Request::get(routes[number % routes.len()])
        .header("host", "localhost")
        .header("x-tenant", tenant)
        .body(Empty::new())?;
    let response = sender.send_request(request).await?;
    response.into_body().collect().await?;
    Ok(())
}
