//! An annotated async fn adds at most two frames a level to a stack, an annotated sync fn none.

use std::backtrace::Backtrace;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

macro_rules! levels {
    () => {
        #[labeled(route)]
        pub(crate) async fn three(route: &str) -> usize {
            two(route).await
        }

        #[labeled(route)]
        pub(crate) async fn two(route: &str) -> usize {
            one(route).await
        }

        #[labeled(route)]
        pub(crate) async fn one(route: &str) -> usize {
            crate::frames(route)
        }

        #[labeled(route)]
        #[inline(never)]
        pub(crate) fn sync_two(route: &str) -> usize {
            sync_one(route)
        }

        #[labeled(route)]
        #[inline(never)]
        pub(crate) fn sync_one(route: &str) -> usize {
            crate::frames(route)
        }
    };
}

mod plain {
    use identity::plain as labeled;
    levels!();
}
mod annotated {
    use hooks_runtime::labeled;
    levels!();
}

/// How many frames lie below this one.
#[inline(never)]
fn frames(_route: &str) -> usize {
    let trace = Backtrace::force_capture().to_string();
    let frame =
        |line: &&str| line.trim_start().split_once(": ").is_some_and(|(n, _)| n.parse::<u32>().is_ok());
    trace.lines().filter(frame).count()
}

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}

#[test]
fn at_most_two_frames_an_async_level() {
    let plain = [ready(plain::one("x")), ready(plain::two("x")), ready(plain::three("x"))];
    let annotated = [ready(annotated::one("x")), ready(annotated::two("x")), ready(annotated::three("x"))];
    assert!(plain[0] > 3 && plain[1] > plain[0], "frames are counted: {plain:?}");
    for level in 0..3 {
        let added = annotated[level] - plain[level];
        assert!(added <= 2 * (level + 1), "level {}: {plain:?}, {annotated:?}", level + 1);
    }
}

#[test]
fn no_frame_a_sync_level() {
    assert_eq!(annotated::sync_one("x"), plain::sync_one("x"));
    assert_eq!(annotated::sync_two("x"), plain::sync_two("x"));
}
