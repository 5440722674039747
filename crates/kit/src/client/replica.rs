//! One replica of a service: its connection, how much it has to do, and whether it was there the last time.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::{net::TcpStream, time::timeout};
use tonic::{
    Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tower::{Service as _, ServiceExt as _};
use url::Url;

use super::BoxError;

/// Between tries to reach a replica that is not there, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(super) struct Replica {
    address: SocketAddr,
    channel: Channel,
    under_way: Arc<AtomicUsize>,
    left_alone: Arc<AtomicBool>,
}

impl Replica {
    /// Connects when it is first called. `url` is what it is called by in requests.
    pub(super) fn new(address: SocketAddr, url: &Url) -> Result<Self, BoxError> {
        let name: Uri = url.as_str().parse()?;
        let channel = Endpoint::from_shared(format!("http://{address}"))?
            .origin(name)
            .connect_timeout(Duration::from_secs(3))
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(30)))
            // A peer that vanished without a word is noticed within half a minute.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            .connect_lazy();
        Ok(Self {
            address,
            channel,
            under_way: Arc::default(),
            left_alone: Arc::default(),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls whose answers have not ended.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Whether it was not there the last time, and still is not.
    pub(super) fn is_left_alone(&self) -> bool {
        self.left_alone.load(Ordering::Relaxed)
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let under_way = UnderWay::begin(&self.under_way);
        let mut channel = self.channel.clone();
        let response = channel.ready().await?.call(request).await?;
        Ok(response.map(|inner| Body::new(Counted { inner, under_way })))
    }

    /// Sends it no calls, as long as there are others, until it can be reached. No call waits for that.
    pub(super) fn leave_alone(&self) {
        if self.left_alone.swap(true, Ordering::Relaxed) {
            return;
        }
        let (address, left_alone) = (self.address, Arc::downgrade(&self.left_alone));
        tokio::spawn(async move {
            let mut pause = PAUSE.0;
            loop {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
                // Nobody knows it any more.
                let Some(left_alone) = left_alone.upgrade() else {
                    return;
                };
                let reached = timeout(Duration::from_secs(1), TcpStream::connect(address)).await;
                if matches!(reached, Ok(Ok(_))) {
                    left_alone.store(false, Ordering::Relaxed);
                    return;
                }
            }
        });
    }
}

/// Counts a call until it is dropped.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An answer that counts as long as it is read.
struct Counted {
    inner: Body,
    #[allow(dead_code)]
    under_way: UnderWay,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        // How a call ended stands in a frame; an error here is one of the connection.
        Pin::new(&mut self.inner)
            .poll_frame(cx)
            .map_err(|_| Status::unavailable("the connection broke"))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
