use super::ReturnedFuture::{self, Boxed, Inside, No, OutOfReach, Plain, Stream};
use syn::Signature;

fn assert_each(expected: ReturnedFuture, types: &[&str]) {
    for ty in types {
        assert_signatures(expected, &[&format!("fn f() -> {ty}")]);
    }
}

fn assert_signatures(expected: ReturnedFuture, signatures: &[&str]) {
    for signature in signatures {
        let parsed: Signature = syn::parse_str(signature).expect(signature);
        assert_eq!(super::of(&parsed), expected, "{signature}");
    }
}

#[test]
fn futures_that_can_be_wrapped_are_found() {
    assert_each(Plain, &["impl Future<Output = ()>", "impl Send + std::future::Future<Output = u8> + 'a"]);
    assert_each(
        Boxed,
        &[
            "Pin<Box<dyn Future<Output = ()> + Send>>",
            "Pin<Box<(dyn Future<Output = ()> + Send)>>",
            "Pin<Box<impl Future<Output = ()>>>",
            "::core::pin::Pin<Box<dyn ::core::future::Future<Output = u8> + 'a>>",
            "BoxFuture<'_, u8>",
            "futures::future::LocalBoxFuture<'static, ()>",
        ],
    );
}

#[test]
fn futures_that_only_their_call_can_be_covered_of_are_found() {
    assert_each(
        OutOfReach,
        &[
            "Box<dyn Future<Output = ()> + Unpin>",
            "Box<(dyn Future<Output = u8> + Send + Unpin)>",
            "std::future::Ready<u8>",
            "Ready<u8>",
            "Pending<()>",
            "impl IntoFuture<Output = u8>",
            "impl Send + FusedFuture<Output = u8>",
            "Self::Future",
            "<S as Service<R>>::Future",
            "S::IntoFuture",
        ],
    );
}

#[test]
fn streams_are_found() {
    assert_each(
        Stream,
        &[
            "impl Stream<Item = u8>",
            "impl Send + futures::stream::FusedStream<Item = u8> + '_",
            "impl TryStream<Ok = u8, Error = E>",
            "impl AsyncIterator<Item = u8>",
            "Box<dyn Stream<Item = u8> + Unpin>",
            "Pin<Box<dyn Stream<Item = u8> + Send + 'a>>",
            "BoxStream<'_, u8>",
            "LocalBoxStream<'static, u8>",
        ],
    );
    assert_each(Inside, &["Sse<impl Stream<Item = Event>>", "Result<BoxStream<'static, u8>, E>"]);
    assert_signatures(Stream, &["fn f<S: Stream<Item = u8>>(s: S) -> S"]);
}

#[test]
fn futures_inside_another_type_are_found() {
    assert_each(
        Inside,
        &[
            "Option<impl Future<Output = u8>>",
            "Result<Pin<Box<dyn Future<Output = u8>>>, Error>",
            "io::Result<BoxFuture<'static, ()>>",
            "Option<Result<Ready<u8>, Error>>",
            "(u32, impl Future<Output = u8>)",
            "Vec<Pin<Box<dyn Future<Output = u8> + Send>>>",
            "[BoxFuture<'static, ()>; 2]",
            "&'a mut [Ready<u8>]",
            "&mut dyn Future<Output = u8>",
            "*mut Ready<u8>",
            "Pin<&'a mut dyn Future<Output = u8>>",
            "Pin<Box<dyn Fn() -> Box<dyn Future<Output = u8>>>>",
            "impl Iterator<Item = impl Future<Output = u8>>",
            "impl Iterator<Item: Send + Future<Output = u8>> + 'a",
            "Box<dyn Iterator<Item = (u8, BoxFuture<'static, u8>)>>",
            "impl Service<u8, Future = Ready<u8>>",
            "impl Into<BoxFuture<'static, u8>>",
            "impl AsyncFn() -> u32",
            "impl Send + std::ops::AsyncFnOnce(u8)",
            "impl for<'a> AsyncFnMut(&'a u8) -> u8",
            "impl Fn() -> Ready<u8>",
            "Box<dyn Fn() -> BoxFuture<'static, ()>>",
            "fn(u8) -> BoxFuture<'static, ()>",
            "Timeout<impl Future<Output = u8>>",
        ],
    );
}

#[test]
fn types_that_the_signature_bounds_are_found() {
    assert_signatures(
        OutOfReach,
        &[
            "fn f<F: Future<Output = u8>>(f: F) -> F",
            "fn f<F>(f: F) -> F where F: Send + std::future::Future",
            "fn f<F: Send>(f: F) -> F where F: Future",
            "fn f<F: IntoFuture>(f: F) -> F",
            "fn f(self) -> Self where Self: Future",
            "fn f<S: Spawn>(s: S) -> S::Task where S::Task: Future",
        ],
    );
    assert_signatures(
        Inside,
        &[
            "fn f<F: Future>(f: F) -> Timeout<F>",
            "fn f<F: Future>(f: F) -> (F, u8)",
            "fn f<F: AsyncFn(u8)>(f: F) -> F",
            "fn f<F: Fn() -> T, T: Future>(f: F) -> F",
            "fn f<F: Fn() -> T, T>(f: F) -> F where T: Future",
            "fn f<I>(all: I) -> I where I: Iterator<Item = BoxFuture<'static, u8>>",
            "fn f<F: Future>(f: F) -> impl Iterator<Item = F>",
        ],
    );
    assert_signatures(
        No,
        &[
            "fn f<F: Future>(f: F) -> F::Output",
            "fn f<F: Future>(f: F) -> <F as Future>::Output",
            "fn f<F: Future>(f: F) -> Option<F::Output>",
            "fn f<F: Future, T>(f: F) -> T",
            "fn f<F: Future, T: Iterator<Item = T>>(f: F) -> T",
            "fn f<F: Future>(f: F) -> JoinHandle<F::Output>",
            "fn f<F: AsyncFn() -> u8>(f: F) -> u8",
            "fn f<Future: Copy>(f: Future) -> Future",
            "fn f<F: Future>(f: F)",
        ],
    );
}

#[test]
fn what_only_looks_like_a_future_is_none() {
    assert_each(
        No,
        &[
            "u8",
            "Vec<u8>",
            "Ready",
            "state::Ready<u8>",
            "Ready<'a>",
            "Future",
            "Option<Box<dyn Error>>",
            "impl Fn(BoxFuture<'static, u8>) -> u8",
            "fn(Ready<u8>)",
            "Result<u8, Error>",
            "impl Stream + Read",
            "Box<dyn Stream>",
            "TcpStream",
            "impl Iterator<Item = (u8, [u8; 2])> + '_",
            "impl Sized + use<'a, T>",
            "Poll<u8>",
        ],
    );
}
