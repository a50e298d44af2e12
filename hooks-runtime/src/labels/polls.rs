//! What is polled by other names than a future's: streams, sinks, bodies, I/O. In each the labels are in force in what may
//! compute, which is whatever takes `self` pinned; what only looks has none.

use super::labeled::WithLabels;
use super::scope::with_set;
use std::pin::Pin;
use std::task::{Context, Poll};

impl<T> WithLabels<T> {
    /// Polls what is inside by a name that is not a future's.
    ///
    /// To observers this is not a task that waits, as a future is: who waits is the future that polls it.
    #[inline]
    fn within<'a, R>(self: Pin<&'a mut Self>, work: impl FnOnce(Pin<&'a mut T>) -> R) -> R {
        let (site, kept, inner) = self.inside_pinned();
        with_set(site, &kept.0.0, || work(inner))
    }
}

#[cfg(feature = "http-body")]
impl<B: http_body::Body> http_body::Body for WithLabels<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<B::Data>, B::Error>>> {
        self.within(|body| body.poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.get_ref().is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.get_ref().size_hint()
    }
}

#[cfg(feature = "futures")]
mod of_futures {
    use super::{Context, Pin, Poll, WithLabels};
    use futures_core::{FusedStream, Stream};
    use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
    use futures_sink::Sink;
    use std::io::{IoSlice, IoSliceMut, Result, SeekFrom};

    impl<S: Stream> Stream for WithLabels<S> {
        type Item = S::Item;

        fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
            self.within(|stream| stream.poll_next(context))
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            self.get_ref().size_hint()
        }
    }

    impl<S: FusedStream> FusedStream for WithLabels<S> {
        fn is_terminated(&self) -> bool {
            self.get_ref().is_terminated()
        }
    }

    impl<I, S: Sink<I>> Sink<I> for WithLabels<S> {
        type Error = S::Error;

        fn poll_ready(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), S::Error>> {
            self.within(|sink| sink.poll_ready(context))
        }

        fn start_send(self: Pin<&mut Self>, item: I) -> std::result::Result<(), S::Error> {
            self.within(|sink| sink.start_send(item))
        }

        fn poll_flush(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), S::Error>> {
            self.within(|sink| sink.poll_flush(context))
        }

        fn poll_close(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), S::Error>> {
            self.within(|sink| sink.poll_close(context))
        }
    }

    impl<R: AsyncRead> AsyncRead for WithLabels<R> {
        fn poll_read(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            into: &mut [u8],
        ) -> Poll<Result<usize>> {
            self.within(|reader| reader.poll_read(context, into))
        }

        fn poll_read_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            into: &mut [IoSliceMut<'_>],
        ) -> Poll<Result<usize>> {
            self.within(|reader| reader.poll_read_vectored(context, into))
        }
    }

    impl<R: AsyncBufRead> AsyncBufRead for WithLabels<R> {
        fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            self.within(|reader| reader.poll_fill_buf(context))
        }

        fn consume(self: Pin<&mut Self>, amount: usize) {
            self.within(|reader| reader.consume(amount));
        }
    }

    impl<S: AsyncSeek> AsyncSeek for WithLabels<S> {
        fn poll_seek(self: Pin<&mut Self>, context: &mut Context<'_>, to: SeekFrom) -> Poll<Result<u64>> {
            self.within(|file| file.poll_seek(context, to))
        }
    }

    impl<W: AsyncWrite> AsyncWrite for WithLabels<W> {
        fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize>> {
            self.within(|writer| writer.poll_write(context, from))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            from: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            self.within(|writer| writer.poll_write_vectored(context, from))
        }

        fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
            self.within(|writer| writer.poll_flush(context))
        }

        fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
            self.within(|writer| writer.poll_close(context))
        }
    }
}

#[cfg(feature = "tokio")]
mod of_tokio {
    use super::{Context, Pin, Poll, WithLabels};
    use std::io::{IoSlice, Result, SeekFrom};
    use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

    impl<R: AsyncRead> AsyncRead for WithLabels<R> {
        fn poll_read(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<Result<()>> {
            self.within(|reader| reader.poll_read(context, into))
        }
    }

    impl<R: AsyncBufRead> AsyncBufRead for WithLabels<R> {
        fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<&[u8]>> {
            self.within(|reader| reader.poll_fill_buf(context))
        }

        fn consume(self: Pin<&mut Self>, amount: usize) {
            self.within(|reader| reader.consume(amount));
        }
    }

    impl<S: AsyncSeek> AsyncSeek for WithLabels<S> {
        fn start_seek(self: Pin<&mut Self>, to: SeekFrom) -> Result<()> {
            self.within(|file| file.start_seek(to))
        }

        fn poll_complete(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<u64>> {
            self.within(|file| file.poll_complete(context))
        }
    }

    impl<W: AsyncWrite> AsyncWrite for WithLabels<W> {
        fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<Result<usize>> {
            self.within(|writer| writer.poll_write(context, from))
        }

        fn poll_write_vectored(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            from: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            self.within(|writer| writer.poll_write_vectored(context, from))
        }

        fn is_write_vectored(&self) -> bool {
            self.get_ref().is_write_vectored()
        }

        fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
            self.within(|writer| writer.poll_flush(context))
        }

        fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
            self.within(|writer| writer.poll_shutdown(context))
        }
    }
}
