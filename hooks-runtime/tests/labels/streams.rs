//! What is polled by other names than a future's: streams, sinks, I/O, bodies.

use futures::stream::{self, Stream, StreamExt};
use hooks_runtime::labels;
use hooks_runtime::labels::{Labeled, Labels};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

fn route() -> Labels {
    labels! { "route" => "/download" }
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

thread_local! {
    /// Which calls were made, with the labels in force in them.
    static CALLS: RefCell<Vec<(&'static str, Labels)>> = const { RefCell::new(Vec::new()) };
}

/// Notes each call, under the name that the traits give it.
struct Noted;

fn note(call: &'static str) {
    CALLS.with_borrow_mut(|calls| calls.push((call, Labels::current())));
}

fn noted() -> Vec<(&'static str, Labels)> {
    CALLS.take()
}

impl Drop for Noted {
    fn drop(&mut self) {
        note("drop");
    }
}

/// The calls, each with the labels.
fn all(calls: &[&'static str]) -> Vec<(&'static str, Labels)> {
    calls.iter().map(|call| (*call, route())).collect()
}

#[test]
fn a_stream_has_its_labels_in_each_poll_and_nobody_between() {
    let items = stream::iter([1, 2]).map(|item| (item, Labels::current()));
    let mut stream = items.labeled(route());
    assert_eq!(stream.size_hint(), (2, Some(2)));
    for item in [1, 2] {
        assert_eq!(futures::executor::block_on(stream.next()), Some((item, route())));
        assert!(Labels::current().is_empty());
    }
    assert_eq!(futures::executor::block_on(stream.next()), None);
}

#[test]
fn a_stream_that_waits_leaves_its_labels_and_has_them_in_its_drop() {
    let endless = stream::unfold(Noted, async |noted| {
        note("poll");
        std::future::pending::<()>().await;
        Some(((), noted))
    });
    let mut stream = Box::pin(endless.labeled(route()));
    assert!(stream.as_mut().poll_next_unpin(&mut context()).is_pending());
    assert!(Labels::current().is_empty());
    drop(stream);
    assert_eq!(noted(), all(&["poll", "drop"]));
}

#[test]
fn labels_of_a_stream_are_inside_those_of_its_poller_or_instead_of_them() {
    let poller = labels! { "task" => "sender" };
    let item = |stream: Pin<&mut dyn Stream<Item = String>>| {
        poller.scope(|| futures::executor::block_on_stream(stream).next().unwrap())
    };
    let current = || stream::repeat_with(|| Labels::current().to_string());
    assert_eq!(item(pin!(current().labeled(route()))), "route=/download,task=sender");
    assert_eq!(item(pin!(current().labeled_instead(route()))), "route=/download");
    assert_eq!(item(pin!(route().scope(|| current().carried()))), "route=/download");
}

#[test]
fn a_task_that_waits_for_a_stream_is_one_task() {
    use hooks_runtime::tasks::observe;
    assert!(observe::start(1000));
    let count = || (1..observe::end()).filter_map(observe::read).count();
    let endless =
        stream::once(std::future::pending::<()>().labeled(labels! { "inner" => 1 })).labeled(route());
    let mut outer = Box::pin(async { pin!(endless).next().await }.labeled(labels! { "outer" => 1 }));
    assert!(outer.as_mut().poll(&mut context()).is_pending());
    assert_eq!(count(), 2, "the future outside, the one inside, and not the stream");
    drop(outer);
    assert_eq!(count(), 0);
}

impl futures::Sink<u8> for Noted {
    type Error = ();

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        note("ready");
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, _: u8) -> Result<(), ()> {
        note("send");
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        note("flush");
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        note("close");
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_sink_has_its_labels_in_each_step() {
    use futures::SinkExt;
    let mut sink = Noted.labeled(route());
    futures::executor::block_on(async {
        sink.send(1).await.unwrap();
        sink.close().await.unwrap();
    });
    drop(sink);
    assert_eq!(noted(), all(&["ready", "send", "flush", "close", "drop"]));
    assert!(Labels::current().is_empty());
}

mod of_futures {
    use super::{Context, Labeled, Noted, Pin, Poll, all, note, noted, route};
    use futures::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
    use futures::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
    use std::io::{IoSlice, IoSliceMut, Result, SeekFrom};

    impl AsyncRead for Noted {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut [u8]) -> Poll<Result<usize>> {
            note("read");
            Poll::Ready(Ok(1))
        }

        fn poll_read_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut [IoSliceMut<'_>],
        ) -> Poll<Result<usize>> {
            note("read_vectored");
            Poll::Ready(Ok(1))
        }
    }

    impl AsyncBufRead for Noted {
        fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            note("fill");
            Poll::Ready(Ok(b"a"))
        }

        fn consume(self: Pin<&mut Self>, _: usize) {
            note("consume");
        }
    }

    impl AsyncSeek for Noted {
        fn poll_seek(self: Pin<&mut Self>, _: &mut Context<'_>, _: SeekFrom) -> Poll<Result<u64>> {
            note("seek");
            Poll::Ready(Ok(3))
        }
    }

    impl AsyncWrite for Noted {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize>> {
            note("write");
            Poll::Ready(Ok(from.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            note("write_vectored");
            Poll::Ready(Ok(1))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            note("flush");
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            note("close");
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn io_has_its_labels_in_each_call_and_each_call_is_handed_on_as_it_is() {
        let mut io = Noted.labeled(route());
        futures::executor::block_on(async {
            assert_eq!(io.read(&mut [0]).await.unwrap(), 1);
            assert_eq!(io.read_vectored(&mut [IoSliceMut::new(&mut [0])]).await.unwrap(), 1);
            assert_eq!(io.fill_buf().await.unwrap(), b"a");
            io.consume_unpin(1);
            assert_eq!(io.seek(SeekFrom::Start(3)).await.unwrap(), 3);
            io.write_all(b"b").await.unwrap();
            assert_eq!(io.write_vectored(&[IoSlice::new(b"c")]).await.unwrap(), 1);
            io.flush().await.unwrap();
            io.close().await.unwrap();
        });
        drop(io);
        let calls = [
            "read",
            "read_vectored",
            "fill",
            "consume",
            "seek",
            "write",
            "write_vectored",
            "flush",
            "close",
            "drop",
        ];
        assert_eq!(noted(), all(&calls));
    }
}

mod of_tokio {
    use super::{Context, Labeled, Noted, Pin, Poll, all, context, note, noted, route};
    use std::io::{IoSlice, Result, SeekFrom};
    use std::pin::pin;
    use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

    impl AsyncRead for Noted {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
            note("read");
            into.put_slice(b"a");
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncBufRead for Noted {
        fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            note("fill");
            Poll::Ready(Ok(b"a"))
        }

        fn consume(self: Pin<&mut Self>, _: usize) {
            note("consume");
        }
    }

    impl AsyncSeek for Noted {
        fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> Result<()> {
            note("start_seek");
            Ok(())
        }

        fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64>> {
            note("complete");
            Poll::Ready(Ok(3))
        }
    }

    impl AsyncWrite for Noted {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize>> {
            note("write");
            Poll::Ready(Ok(from.len()))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            note("write_vectored");
            Poll::Ready(Ok(1))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            note("flush");
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
            note("shutdown");
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn io_has_its_labels_in_each_call_and_each_call_is_handed_on_as_it_is() {
        let context = &mut context();
        {
            let mut io = pin!(Noted.labeled(route()));
            let mut buffer = [0];
            let mut into = ReadBuf::new(&mut buffer);
            assert!(io.as_mut().poll_read(context, &mut into).is_ready() && into.filled() == b"a");
            assert!(matches!(io.as_mut().poll_fill_buf(context), Poll::Ready(Ok(b"a"))));
            io.as_mut().consume(1);
            io.as_mut().start_seek(SeekFrom::Start(3)).unwrap();
            assert!(matches!(io.as_mut().poll_complete(context), Poll::Ready(Ok(3))));
            assert!(matches!(io.as_mut().poll_write(context, b"bc"), Poll::Ready(Ok(2))));
            assert!(io.as_mut().poll_write_vectored(context, &[IoSlice::new(b"c")]).is_ready());
            assert!(io.is_write_vectored());
            assert!(io.as_mut().poll_flush(context).is_ready());
            assert!(io.as_mut().poll_shutdown(context).is_ready());
        }
        let calls = [
            "read",
            "fill",
            "consume",
            "start_seek",
            "complete",
            "write",
            "write_vectored",
            "flush",
            "shutdown",
            "drop",
        ];
        assert_eq!(noted(), all(&calls));
    }
}

impl http_body::Body for Noted {
    type Data = std::io::Cursor<&'static str>;
    type Error = ();

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, ()>>> {
        note("frame");
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(7)
    }
}

#[test]
fn a_body_has_its_labels_in_each_frame_and_is_as_long_as_it_was() {
    use http_body::Body;
    {
        let mut body = pin!(Noted.labeled(route()));
        assert_eq!((body.is_end_stream(), Body::size_hint(&*body).exact()), (true, Some(7)));
        assert!(body.as_mut().poll_frame(&mut context()).is_ready());
    }
    assert_eq!(noted(), all(&["frame", "drop"]));
}
