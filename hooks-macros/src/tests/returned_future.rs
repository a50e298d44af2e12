use super::ReturnedFuture::{self, Boxed, No, OutOfReach, Plain};

fn assert_each(expected: ReturnedFuture, types: &[&str]) {
    for ty in types {
        assert_eq!(super::of_type(&syn::parse_str(ty).expect(ty)), expected, "{ty}");
    }
}

#[test]
fn futures_that_can_be_wrapped_are_found() {
    assert_each(Plain, &["impl Future<Output = ()>", "impl Send + std::future::Future<Output = u8> + 'a"]);
    assert_each(
        Boxed,
        &[
            "Pin<Box<dyn Future<Output = ()> + Send>>",
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
            "Option<impl Future<Output = u8>>",
            "Result<Pin<Box<dyn Future<Output = u8>>>, Error>",
            "io::Result<BoxFuture<'static, ()>>",
            "Option<Result<Ready<u8>, Error>>",
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
            "Box<dyn Fn() -> BoxFuture<'static, ()>>",
            "Option<Box<dyn Error>>",
            "impl Fn() -> Ready<u8>",
            "Result<u8, Error>",
            "Pin<Box<dyn Stream<Item = u8>>>",
            "Poll<u8>",
        ],
    );
}
