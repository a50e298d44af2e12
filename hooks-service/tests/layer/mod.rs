//! Labels of requests, over a real socket, as the client sees them: what is polled tells its labels in the answer.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, WebSocketUpgrade, ws::Message, ws::WebSocket};
use axum::response::Response;
use axum::routing::{any, get};
use futures::StreamExt;
use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, WithLabels, spawn};
use hooks_service::layer::{LabelLayer, ResponseFuture};
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;

fn current() -> String {
    Labels::current().to_string()
}

/// What it is asked for, on one connection that is closed after.
fn ask(server: SocketAddr, head: &str) -> String {
    let mut connection = TcpStream::connect(server).unwrap();
    write!(connection, "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-tenant: acme\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

/// Serves it on a thread of its own, for as long as the process is there.
fn serve(router: Router) -> SocketAddr {
    let (told, address) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    address.recv().unwrap()
}

/// A body that is computed while it is sent, and tells at its end where it was dropped.
fn stream(dropped: &mpsc::Sender<String>) -> Body {
    struct Witness(mpsc::Sender<String>);
    impl Drop for Witness {
        fn drop(&mut self) {
            let _ = self.0.send(current());
        }
    }
    let witness = Witness(dropped.clone());
    let chunks = futures::stream::iter(0..3).then(move |chunk| {
        let _ = &witness;
        async move {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Bytes::from(format!("[{chunk} {}]\n", current())))
        }
    });
    Body::from_stream(chunks)
}

#[test]
fn the_handler_has_route_method_and_what_the_closure_says() {
    let by_tenant = |request: &Request| {
        let tenant = request.headers().get("x-tenant").and_then(|tenant| tenant.to_str().ok());
        labels! { "tenant" => tenant }
    };
    let router = Router::new()
        .route("/orders/{id}", any(async || current()))
        .nest("/nested", Router::new().route("/{*rest}", get(async || current())))
        .fallback(async || current())
        .layer(LabelLayer::matched_route().and(by_tenant));
    let server = serve(router);
    for (head, labels) in [
        ("GET /orders/7", "method=GET,route=/orders/{id},tenant=acme"),
        ("POST /orders/8", "method=POST,route=/orders/{id},tenant=acme"),
        ("BREW /orders/8", "method=(other),route=/orders/{id},tenant=acme"),
        ("GET /nested/a/b", "method=GET,route=/nested/{*rest},tenant=acme"),
        ("GET /nowhere", "method=GET,route=(unmatched),tenant=acme"),
    ] {
        let answer = ask(server, head);
        assert_eq!(answer.rsplit("\r\n").next(), Some(labels), "{head}");
    }
}

#[test]
fn a_body_is_computed_and_dropped_with_the_labels_of_its_request() {
    let (dropped, drops) = mpsc::channel();
    let router = Router::new()
        .route("/download/{file}", get(async move || stream(&dropped)))
        .layer(LabelLayer::matched_route());
    let answer = ask(serve(router), "GET /download/a");
    let labels = "method=GET,route=/download/{file}";
    for chunk in 0..3 {
        assert!(answer.contains(&format!("[{chunk} {labels}]")), "{answer}");
    }
    assert_eq!(drops.recv().unwrap(), labels);
}

#[test]
fn without_the_layer_a_body_has_none() {
    let (dropped, drops) = mpsc::channel();
    let handler = async move || labels! { "route" => "/download" }.scope(|| stream(&dropped));
    let answer = ask(serve(Router::new().route("/download", get(handler))), "GET /download");
    assert!(answer.contains("[1 ]"), "{answer}");
    assert_eq!(drops.recv().unwrap(), "");
}

#[test]
fn a_client_that_goes_away_has_its_body_dropped_with_the_labels() {
    let (dropped, drops) = mpsc::channel();
    let handler = async move || {
        struct Witness(mpsc::Sender<String>);
        impl Drop for Witness {
            fn drop(&mut self) {
                let _ = self.0.send(current());
            }
        }
        let witness = Witness(dropped.clone());
        let endless = futures::stream::repeat_with(move || {
            let _ = &witness;
            Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 4096]))
        });
        Body::from_stream(endless)
    };
    let router = Router::new().route("/endless", get(handler)).layer(LabelLayer::matched_route());
    let mut connection = TcpStream::connect(serve(router)).unwrap();
    write!(connection, "GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    connection.read_exact(&mut [0; 1000]).unwrap();
    drop(connection);
    assert_eq!(drops.recv().unwrap(), "method=GET,route=/endless");
}

/// Says what is in force where the socket is talked to, once.
async fn talk(mut socket: WebSocket) {
    socket.send(Message::text(current())).await.unwrap();
}

/// The text that the server says first on a websocket at `path`.
fn first_words(server: SocketAddr, path: &str) -> String {
    let mut connection = TcpStream::connect(server).unwrap();
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let mut frame = [0; 2];
    connection.read_exact(&mut frame).unwrap();
    assert_eq!(frame[0], 0x81, "one frame of text");
    let mut text = vec![0; usize::from(frame[1])];
    connection.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_websocket_keeps_the_labels_of_its_request() {
    let chat = async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(spawn::callback(talk)) };
    let bare = async |upgrade: WebSocketUpgrade| -> Response { upgrade.on_upgrade(talk) };
    let router = Router::new().route("/chat/{room}", any(chat)).route("/bare", any(bare));
    let server = serve(router.layer(LabelLayer::matched_route()));
    assert_eq!(first_words(server, "/chat/7"), "method=GET,route=/chat/{room}");
    assert_eq!(first_words(server, "/bare"), "", "the page says that axum starts this task by itself");
}

#[test]
fn the_answer_is_what_it_was() {
    let (status, length) = (http::StatusCode::IM_A_TEAPOT, [("x-made-by", "pot")]);
    let router = Router::new().route("/tea", get(async move || (status, length, "tea")));
    let answer = ask(serve(router.layer(LabelLayer::matched_route())), "GET /tea");
    assert!(answer.starts_with("HTTP/1.1 418") && answer.ends_with("\r\n\r\ntea"), "{answer}");
    assert!(answer.contains("content-length: 3") && answer.contains("x-made-by: pot"), "{answer}");
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_future_and_a_body_grow_by_what_the_page_says() {
    assert_eq!(size_of::<ResponseFuture<u64>>() - size_of::<u64>(), 56);
    assert_eq!(size_of::<WithLabels<Body>>() - size_of::<Body>(), 40);
}

/// Computes for so long, by the clock of this thread's processor time.
#[cfg(all(feature = "profile", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn compute(time: std::time::Duration) {
    let now = || {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `now` is a local.
        assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) }, 0);
        std::time::Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
    };
    let end = now() + time;
    while now() < end {
        std::hint::black_box((0..1000).sum::<u64>());
    }
}

#[test]
#[cfg(all(feature = "profile", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn a_profile_has_what_a_body_computes_under_its_route() {
    use std::time::Duration;
    let running = hooks_service::profile::CpuProfile::builder().start().unwrap();
    let handler = async || {
        let chunk = || {
            compute(Duration::from_millis(100));
            Ok::<_, Infallible>(Bytes::from_static(b"x"))
        };
        Body::from_stream(futures::stream::repeat_with(chunk).take(4))
    };
    ask(
        serve(Router::new().route("/report", get(handler)).layer(LabelLayer::matched_route())),
        "GET /report",
    );
    let profile = running.stop().unwrap();
    let routes = profile.top_by_label("route");
    let row = routes.rows().iter().find(|row| row.value.as_deref() == Some("/report"));
    let time = profile.period() * u32::try_from(row.map_or(0, |row| row.weight)).unwrap();
    let unlucky = 4 * profile.standard_error(40);
    assert!(time + unlucky >= Duration::from_millis(400), "{time:?} of 400 ms:\n{routes}");
}
