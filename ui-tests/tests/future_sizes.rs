//! What an annotation adds to a future, in bytes: at most 24 for one `&str` label, at every level; about 100 for what a trace tells.

mod plain {
    use identity::plain as labeled;
    include!("../fixtures/sized_futures.rs");
}
mod annotated {
    use hooks_runtime::labeled;
    include!("../fixtures/sized_futures.rs");
}

const MOST: usize = 24;

#[track_caller]
fn assert_grows_by(most: usize, plain: usize, annotated: usize) {
    assert!(annotated <= plain + most, "{annotated} bytes, {plain} plain: {} more", annotated - plain);
}

#[test]
fn one_level() {
    assert_grows_by(MOST, size_of_val(&plain::leaf("", 1)), size_of_val(&annotated::leaf("", 1)));
    assert_grows_by(2 * MOST, size_of_val(&plain::awaits("", 1)), size_of_val(&annotated::awaits("", 1)));
    // Nothing of the state machine is there to share alignment with.
    assert_grows_by(MOST + 7, size_of_val(&plain::empty()), size_of_val(&annotated::empty()));
}

#[test]
fn a_chain_grows_by_as_much_at_each_level() {
    let chain = |depth, plain: usize, annotated: usize| {
        assert_grows_by(depth * MOST, plain, annotated);
    };
    chain(1, size_of_val(&plain::depth_1("")), size_of_val(&annotated::depth_1("")));
    chain(4, size_of_val(&plain::depth_4("")), size_of_val(&annotated::depth_4("")));
    chain(8, size_of_val(&plain::depth_8("")), size_of_val(&annotated::depth_8("")));
}

#[test]
fn a_large_argument_is_stored_no_more_often() {
    let large = [0; 1024];
    let (plain, annotated) = (plain::large("", large), annotated::large("", large));
    assert_grows_by(MOST, size_of_val(&plain), size_of_val(&annotated));
    let (plain, annotated) = (plain::large_local(""), annotated::large_local(""));
    assert_grows_by(MOST, size_of_val(&plain), size_of_val(&annotated));
    let (plain, annotated) = (plain::string("", String::new()), annotated::string("", String::new()));
    assert_grows_by(MOST, size_of_val(&plain), size_of_val(&annotated));
}

mod traced {
    #[hooks_runtime::region]
    pub(crate) async fn region(text: &str) -> usize {
        text.len()
    }

    #[hooks_runtime::region(text, slow = "50ms")]
    pub(crate) async fn slow(text: &str) -> usize {
        text.len()
    }

    #[hooks_runtime::task]
    pub(crate) async fn task(text: &str) -> usize {
        text.len()
    }

    #[allow(clippy::unused_async, reason = "as the others")]
    pub(crate) async fn plain(text: &str) -> usize {
        text.len()
    }
}

#[test]
fn what_a_trace_keeps_of_a_future() {
    let plain = size_of_val(&traced::plain(""));
    assert_grows_by(96, plain, size_of_val(&traced::region("")));
    assert_grows_by(96 + 24, plain, size_of_val(&traced::slow("")));
    assert_grows_by(104, plain, size_of_val(&traced::task("")));
}

#[test]
fn what_is_measured_runs() {
    let run = futures::executor::block_on::<std::pin::Pin<Box<dyn Future<Output = usize>>>>;
    assert_eq!(run(Box::pin(annotated::depth_8("x"))), run(Box::pin(plain::depth_8("x"))));
    assert_eq!(run(Box::pin(annotated::large("x", [1; 1024]))), run(Box::pin(plain::large("x", [1; 1024]))));
    assert_eq!(run(Box::pin(annotated::large_local("x"))), run(Box::pin(plain::large_local("x"))));
    assert_eq!(
        run(Box::pin(annotated::string("x", "y".into()))),
        run(Box::pin(plain::string("x", "y".into())))
    );
    assert_eq!(run(Box::pin(annotated::awaits("x", 1))), run(Box::pin(plain::awaits("x", 1))));
    futures::executor::block_on(annotated::empty());
    futures::executor::block_on(plain::empty());
}
