//! One replica of a service: its connection, its calls in flight and its availability.

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
use tokio::time::{sleep, timeout};
use tonic::{
    Code, Status,
    body::Body,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{Service as _, ServiceExt as _};
use url::Url;

/// Interval between probes of a replica that does not respond: first and maximum.
const PROBE_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// Timeout of a probe.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Error of a call without a response.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

pub(super) struct Replica {
    address: SocketAddr,
    channel: Channel,
    under_way: Arc<AtomicUsize>,
    avoided: Arc<AtomicBool>,
}

impl Replica {
    /// Connects on first use. `url` gives the authority of requests.
    pub(super) fn new(address: SocketAddr, url: &Url) -> Result<Self, BoxError> {
        let name: Uri = url.as_str().parse()?;
        let channel = Endpoint::from_shared(format!("http://{address}"))?
            .origin(name)
            .connect_timeout(Duration::from_secs(3))
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_secs(30)))
            // A peer that vanished silently is detected within half a minute.
            .http2_keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true)
            .connect_lazy();
        Ok(Self {
            address,
            channel,
            under_way: Arc::default(),
            avoided: Arc::default(),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls in flight.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Whether the last attempt failed or hung, and no probe has succeeded since.
    pub(super) fn is_avoided(&self) -> bool {
        self.avoided.load(Ordering::Relaxed)
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let under_way = UnderWay::begin(&self.under_way);
        let mut channel = self.channel.clone();
        let response = channel.ready().await?.call(request).await?;
        Ok(response.map(|inner| Body::new(Counted { inner, under_way })))
    }

    /// Sends it no calls, as long as there are others, until it responds to a probe in the background. A connection is
    /// not sufficient: the kernel accepts it even if the process hangs.
    pub(super) fn avoid_until_it_answers(&self) {
        if self.avoided.swap(true, Ordering::Relaxed) {
            return;
        }
        let (channel, avoided) = (self.channel.clone(), Arc::downgrade(&self.avoided));
        tokio::spawn(async move {
            let mut pause = PROBE_PAUSE.0;
            loop {
                let mut health = HealthClient::new(channel.clone());
                let asked = health.check(HealthCheckRequest::default());
                let answered = match timeout(PROBE_TIMEOUT, asked).await {
                    Ok(Ok(_)) => true,
                    // A replica without a health service, or with an unknown status, has responded too.
                    Ok(Err(status)) => {
                        matches!(status.code(), Code::Unimplemented | Code::NotFound)
                    }
                    Err(_) => false,
                };
                // The replica has been dropped.
                let Some(avoided) = avoided.upgrade() else {
                    return;
                };
                if answered {
                    avoided.store(false, Ordering::Relaxed);
                    return;
                }
                drop(avoided);
                sleep(pause).await;
                pause = (pause * 2).min(PROBE_PAUSE.1);
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

/// A response body that counts as in flight until it is read.
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
        // The gRPC status is in a frame; an error here is one of the connection.
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
