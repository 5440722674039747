//! Accepts, serves and closes connections.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::LazyLock,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderValue, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use kit::telemetry::current_trace_id;
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, UpDownCounter},
};
use problem::Problem;
use proto::reasons;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;
use transcode::{Language, Render as _};

use super::{
    Counts, Limits,
    counts::Counted,
    deadlines::{Overdue, deadline},
    watched::{Watch, Watched, keeping},
};
use crate::limits::network;

/// Maximum number of concurrent refusals; more connections are closed without a response.
const REFUSALS: usize = 64;
/// Timeout of a refusal.
const REFUSAL: Duration = Duration::from_secs(2);
/// Retry delay of a refused connection.
const COME_BACK: Duration = Duration::from_secs(5);
/// Grace period for a connection that is being closed.
const GRACE: Duration = Duration::from_secs(5);
/// Precision of deadlines.
const TICK: Duration = Duration::from_secs(1);
/// Maximum size of a request head; browsers send a few KiB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
const PING: Duration = Duration::from_secs(20);

static OPEN: LazyLock<UpDownCounter<i64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .i64_up_down_counter("cast.gateway.connections")
        .with_description("Connections that are open")
        .build()
});

static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .u64_counter("cast.gateway.connections.refused")
        .with_description("Connections refused because there are too many")
        .build()
});

static ENDED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    global::meter("cast.gateway")
        .u64_counter("cast.gateway.connections.overdue")
        .with_description("Connections ended because the visitor kept the gateway waiting")
        .build()
});

/// Serves connections until `stop`, then waits for the requests in flight. Dropping the future ends them too.
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stop: CancellationToken) {
    // An alert must distinguish zero from absent.
    REFUSED.add(0, &[]);
    OPEN.add(0, &[]);
    for overdue in [Overdue::Head, Overdue::Idle, Overdue::Stalled] {
        ENDED.add(0, &[KeyValue::new("cause", overdue.as_str())]);
    }
    let (open, refusing) = (Counts::<IpAddr>::default(), Counts::<()>::default());
    let tasks = TaskTracker::new();
    let end = CancellationToken::new();
    let _ends_with_this = end.clone().drop_guard();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                after(&error).await;
                continue;
            }
        };
        // Responses are sent as soon as they are written.
        let _ = stream.set_nodelay(true);
        let key = limits.per_address.map(|most| (network(peer.ip()), most));
        match open.add(key, limits.connections) {
            Some(counted) => {
                let connection =
                    connection(stream, peer, app.clone(), limits, counted, stop.clone());
                tasks.spawn(end.clone().run_until_cancelled_owned(connection));
            }
            None => {
                REFUSED.add(1, &[]);
                if let Some(told) = refusing.add(None, REFUSALS) {
                    tasks.spawn(async move {
                        let _told = told;
                        let _ = timeout(REFUSAL, refuse(stream)).await;
                    });
                }
            }
        }
    }
    tasks.close();
    tasks.wait().await;
}

/// An error of one connection is ignored; without free file descriptors, waits for some.
async fn after(error: &io::Error) {
    if !matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    ) {
        tracing::error!(%error, "connections cannot be accepted");
        sleep(Duration::from_secs(1)).await;
    }
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The deadlines of this module distinguish a late head from an idle connection; hyper does not.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD_BYTES as u32)
        .keep_alive_interval(Some(PING))
        .keep_alive_timeout(limits.head);
    builder
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: Limits,
    _counted: Counted<IpAddr>,
    stop: CancellationToken,
) {
    let _open = Open::begin();
    let watch = Watch::begin();
    let service = {
        let watch = watch.clone();
        service_fn(move |request: hyper::Request<Incoming>| {
            let under_way = watch.request(request.version());
            let app = app.clone();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                let response = answer(app, request).await;
                Ok::<_, Infallible>(response.map(|body| keeping(body, under_way)))
            }
        })
    };
    let builder = builder(&limits);
    let io = TokioIo::new(Watched::new(stream, watch.clone()));
    let mut serving = std::pin::pin!(builder.serve_connection(io, service));
    let overdue = tokio::select! {
        // Errors of the client are ignored.
        _ = serving.as_mut() => return,
        overdue = overdue(&watch, &limits) => Some(overdue),
        () = stop.cancelled() => None,
    };
    match overdue {
        Some(overdue) => {
            ENDED.add(1, &[KeyValue::new("cause", overdue.as_str())]);
            if overdue == Overdue::Idle {
                serving.as_mut().graceful_shutdown();
                let _ = timeout(GRACE, serving).await;
            }
        }
        None => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

async fn answer(app: Router, request: Request) -> Response {
    match app.oneshot(request).await {
        Ok(response) => response,
        Err(impossible) => match impossible {},
    }
}

/// Resolves when the connection has timed out.
async fn overdue(watch: &Watch, limits: &Limits) -> Overdue {
    let tick = TICK.min(limits.head).min(limits.idle).min(limits.stalled);
    loop {
        let now = Instant::now();
        match deadline(watch.seen(), limits) {
            Some((at, overdue)) if at <= now => return overdue,
            // Meanwhile the deadline may move closer, by at most one tick.
            Some((at, _)) => sleep_until(at.min(now + tick)).await,
            None => sleep(tick).await,
        }
    }
}

/// Sends the reason why this connection is refused, in its version of HTTP.
async fn refuse(stream: TcpStream) {
    let service = service_fn(async |request: hyper::Request<Incoming>| {
        let trace_id = current_trace_id();
        let mut response = Problem::of(&reasons::TOO_MANY_CONNECTIONS)
            .retry_after(COME_BACK)
            .to_response(
                Language::negotiate(request.headers()),
                Some(trace_id.as_str()).filter(|id| !id.is_empty()),
            );
        if request.version() < http::Version::HTTP_2 {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok::<_, Infallible>(response)
    });
    let builder = Builder::new(TokioExecutor::new());
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

struct Open;

impl Open {
    fn begin() -> Self {
        OPEN.add(1, &[]);
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        OPEN.add(-1, &[]);
    }
}
