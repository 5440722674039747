//! Observes a connection below HTTP: bytes in and out, and requests in flight.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use http::Version;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Instant,
};

use super::deadlines::Seen;

/// Observations of one connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Watch(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    seen: Seen,
    /// In HTTP/2, bytes also arrive without a request: pings, settings.
    bytes_begin_a_head: bool,
}

impl Watch {
    /// For a connection that was just accepted.
    pub fn begin() -> Self {
        let now = Instant::now();
        Self(Arc::new(Mutex::new(State {
            seen: Seen {
                under_way: 0,
                idle_since: now,
                head_since: Some(now),
                stalled_since: None,
            },
            bytes_begin_a_head: true,
        })))
    }

    /// The current state.
    pub fn seen(&self) -> Seen {
        self.state().seen
    }

    /// A request has arrived; it is in flight until the returned value is dropped.
    pub fn request(&self, version: Version) -> UnderWay {
        let mut state = self.state();
        state.seen.under_way += 1;
        state.seen.head_since = None;
        state.bytes_begin_a_head = version < Version::HTTP_2;
        UnderWay(self.clone())
    }

    fn received(&self) {
        let mut state = self.state();
        if state.bytes_begin_a_head && state.seen.under_way == 0 {
            state.seen.head_since.get_or_insert_with(Instant::now);
        }
    }

    fn sent(&self, progress: bool) {
        let since = &mut self.state().seen.stalled_since;
        if progress {
            *since = None;
        } else {
            since.get_or_insert_with(Instant::now);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under this lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in flight.
#[derive(Debug)]
pub struct UnderWay(Watch);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.seen.under_way -= 1;
        if state.seen.under_way == 0 {
            state.seen.idle_since = Instant::now();
        }
    }
}

/// A body that holds a value until it has been sent or dropped.
pub fn keeping<T: Send + Unpin + 'static>(body: Body, kept: T) -> Body {
    // An empty body needs no wrapping.
    if body.is_end_stream() {
        return body;
    }
    let mut kept = Some(kept);
    Body::new(Keeping {
        body,
        drop_at_end: Box::new(move || drop(kept.take())),
    })
}

struct Keeping {
    body: Body,
    drop_at_end: Box<dyn FnMut() + Send>,
}

impl HttpBody for Keeping {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            (self.drop_at_end)();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// A socket that reports to its [`Watch`].
#[derive(Debug)]
pub struct Watched {
    stream: TcpStream,
    watch: Watch,
}

impl Watched {
    /// Observes this socket.
    pub fn new(stream: TcpStream, watch: Watch) -> Self {
        Self { stream, watch }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        if buffer.filled().len() > before {
            self.watch.received();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch.sent(written.is_ready());
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch.sent(written.is_ready());
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
