//! A gateway without services behind it, and raw sockets.

use std::{convert::Infallible, net::SocketAddr, num::NonZeroU32, time::Duration};

use axum::{Router, body::Body, response::Response, routing::get};
use futures::StreamExt as _;
use gateway::{
    concurrency::{self, Concurrency, Most},
    connections::{self, Limits},
    document::document,
    gateway::{Gateway, Inside},
    routes,
    settings::Settings,
};
use http::header;
use kit::{access::Internal, client, clock::Clock};
use secrecy::SecretString;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};
use transcode::{Bindings, Transcoder, grpc::Channels};

pub const SHORT: Duration = Duration::from_millis(300);
/// Longer than any expected response.
pub const LONG: Duration = Duration::from_secs(20);

pub const LIMITS: Limits = Limits {
    head: LONG,
    idle: LONG,
    stalled: LONG,
    connections: 100,
    per_address: None,
};

pub const MOST: Most = Most {
    requests_per_address: 100,
    streams_per_address: 100,
    streams_per_session: 100,
};

pub struct World {
    pub address: SocketAddr,
    _stop: DropGuard,
}

/// Serves this router as the program does.
pub async fn serve(app: Router, limits: Limits) -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(connections::serve(listener, app, limits, stop.clone()));
    World {
        address,
        _stop: stop.drop_guard(),
    }
}

/// A page, an endless stream, a response that never comes and one larger than any buffer, behind the counting layer.
pub async fn small(limits: Limits, most: Most) -> World {
    let stream = || async {
        let endless = futures::stream::once(async { Ok::<_, Infallible>("data: 1\n\n") })
            .chain(futures::stream::pending());
        let mut response = Response::new(Body::from_stream(endless));
        let kind = "text/event-stream".parse().unwrap();
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    let large = || async {
        let piece = futures::stream::repeat_with(|| Ok::<_, Infallible>(vec![b'x'; 1 << 16]));
        Body::from_stream(piece)
    };
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/stream", get(stream))
        .route("/large", get(large))
        .route("/never", get(std::future::pending::<&'static str>))
        .layer(axum::middleware::from_fn_with_state(
            Concurrency::new(most),
            concurrency::layer,
        ))
        .layer(axum::middleware::from_fn_with_state(
            0_usize,
            gateway::origin::layer,
        ));
    serve(app, limits).await
}

/// The whole gateway; no service is reachable.
pub async fn whole() -> World {
    kit::lifecycle::install_crypto();
    let bindings = Bindings::new(&proto::POOL).unwrap();
    let url = "http://cast.example";
    let openapi = document(&bindings, url);
    let nowhere = client::channel(&["http://127.0.0.1:9".parse().unwrap()], &proto::POOL);
    let secret = SecretString::from("an internal secret of the tests, long enough");
    let gateway = Gateway::new(Inside {
        issuer: url.to_owned(),
        public_url: url.parse().unwrap(),
        openapi_text: serde_json::to_vec(&openapi).unwrap().into(),
        openapi,
        transcoder: Transcoder::new(bindings, Channels::new(), transcode::Limits::default()),
        identity: nowhere,
        internal: Internal::new("gateway", &secret, None, Clock::system()),
        sitemap: Default::default(),
        demonstration: false,
    });
    let settings: Settings = serde_json::from_str("{}").unwrap();
    let limits = gateway::limits::Limits::new(NonZeroU32::new(1_000).unwrap());
    serve(routes::router(gateway, limits, &settings), LIMITS).await
}

impl World {
    pub async fn connect(&self) -> Visitor {
        Visitor(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends this on a new connection and reads the head of the response, and as much of the body as came with it.
    pub async fn ask(&self, request: &str) -> String {
        let mut visitor = self.connect().await;
        visitor.say(request).await;
        visitor.hear().await
    }
}

pub struct Visitor(pub TcpStream);

impl Visitor {
    pub async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until there is a head and a pause.
    pub async fn hear(&mut self) -> String {
        let mut heard = Vec::new();
        let mut buffer = [0; 16_384];
        loop {
            let wait = if heard.windows(4).any(|four| four == b"\r\n\r\n") {
                SHORT
            } else {
                LONG
            };
            match timeout(wait, self.0.read(&mut buffer)).await {
                Ok(Ok(count)) if count > 0 => heard.extend_from_slice(&buffer[..count]),
                _ => return String::from_utf8_lossy(&heard).into_owned(),
            }
        }
    }

    /// Whether the gateway closes the connection within this time.
    pub async fn is_ended_within(&mut self, time: Duration) -> bool {
        let mut buffer = [0; 16_384];
        let ended = async { while !matches!(self.0.read(&mut buffer).await, Ok(0) | Err(_)) {} };
        timeout(time, ended).await.is_ok()
    }
}

pub fn get_request(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: cast.example\r\n{more}\r\n")
}
