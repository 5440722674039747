//! The entry of the platform: the steps of every request and response.
//!
//! ```text
//! browser ─ origin ─ limits ─ [hand-written route]                    OpenID Connect, pages, portal
//!                          └─ api: session cookie → access token ─ transcoder ─ service
//! ```

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, header};
use kit::{
    access::{Internal, Origin, WithInternal, origin::RECEIVED_HEADER},
    client::Channel,
    telemetry::{current_trace_id, propagation},
};
use proto::cast::identity::v1::{
    ResolveSessionRequest, sessions_client::SessionsClient, sign_on_client::SignOnClient,
};
use serde_json::Value;
use tonic::{
    Code, Status,
    metadata::{AsciiMetadataValue, MetadataMap},
    service::interceptor::InterceptedService,
};
use transcode::{Answered, Language, Render as _, Transcoder, grpc::Channels, rendering};
use url::Url;

use crate::{concurrency::is_stream, session, sitemap_cache::SitemapCache};

/// A channel on which the gateway authenticates itself.
pub type TrustedChannel = InterceptedService<Channel, WithInternal>;

/// Dependencies of a request. Cheap to clone; holds no state that another replica would need.
#[derive(Clone)]
pub struct Gateway(Arc<Inside>);

/// See [`Gateway`].
pub struct Inside {
    /// The public URL, also the OpenID issuer; without a trailing slash.
    pub issuer: String,
    /// The same, parsed.
    pub public_url: Url,
    /// The OpenAPI document.
    pub openapi: Value,
    /// The encoded OpenAPI document.
    pub openapi_text: Bytes,
    /// Serves `/v1`.
    pub transcoder: Transcoder<Channels<Channel>>,
    /// The channel to identity.
    pub identity: Channel,
    /// Authenticates the gateway to services.
    pub internal: Internal,
    /// The sitemap and its cache.
    pub sitemap: SitemapCache,
    /// Whether the pages say that people and their doings are made up.
    pub demonstration: bool,
}

impl std::ops::Deref for Gateway {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// A resolved session.
pub struct Session {
    authorization: AsciiMetadataValue,
}

impl Session {
    /// The value of the `authorization` metadata.
    pub fn authorization(&self) -> AsciiMetadataValue {
        self.authorization.clone()
    }
}

impl Gateway {
    /// Creates the gateway's entry.
    pub fn new(inside: Inside) -> Self {
        Self(Arc::new(inside))
    }

    /// A client of identity's sign-on service.
    pub fn sign_on(&self) -> SignOnClient<TrustedChannel> {
        SignOnClient::with_interceptor(self.identity.clone(), self.internal.interceptor())
    }

    /// Adds the origin of a request to the metadata, with the internal token that makes it trusted.
    pub fn authenticate(&self, headers: &HeaderMap, metadata: &mut MetadataMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = Origin {
            address: text(crate::origin::HEADER).and_then(|address| address.parse().ok()),
            user_agent: text("user-agent").map(str::to_owned),
            trace_id: String::new(),
            received_at: text(RECEIVED_HEADER).and_then(kit::access::origin::moment),
        };
        origin.write(metadata);
        if let Ok(token) = self.internal.token() {
            metadata.insert(kit::access::internal::HEADER, token);
        }
    }

    /// The session of a request: `None` without a cookie, and if the session has ended.
    pub async fn resolve(&self, headers: &HeaderMap) -> Result<Option<Session>, Status> {
        let Some(secret) = session::secret(headers) else {
            return Ok(None);
        };
        let mut request = tonic::Request::new(ResolveSessionRequest {
            secret: secret.to_owned(),
        });
        self.authenticate(headers, request.metadata_mut());
        let mut sessions =
            SessionsClient::with_interceptor(self.identity.clone(), self.internal.interceptor());
        match sessions.resolve_session(request).await {
            Ok(resolved) => {
                let bearer = format!("Bearer {}", resolved.into_inner().access_token);
                let mut authorization: AsciiMetadataValue = bearer
                    .parse()
                    .map_err(|_| Status::internal("identity sent a token that is no header"))?;
                authorization.set_sensitive(true);
                Ok(Some(Session { authorization }))
            }
            // An invalid or expired cookie means an anonymous visitor and must not block public content.
            Err(status)
                if matches!(status.code(), Code::Unauthenticated | Code::InvalidArgument) =>
            {
                Ok(None)
            }
            Err(status) => Err(status),
        }
    }

    /// A status as an HTTP problem, for programs that say no language.
    pub fn problem(&self, status: &Status) -> Response {
        self.problem_in(Language::default(), status)
    }

    /// The same in the language of a person.
    pub fn problem_in(&self, language: Language, status: &Status) -> Response {
        rendering::of_status(status).to_response(language, trace_id().as_deref())
    }
}

fn trace_id() -> Option<String> {
    Some(current_trace_id()).filter(|id| !id.is_empty())
}

/// `/v1/**`: every RPC that is offered over REST.
pub async fn api(State(gateway): State<Gateway>, request: Request) -> Response {
    match enter(&gateway, request).await {
        Ok(response) => response,
        Err((status, language)) => {
            rendering::of_status(&status).to_response(language, trace_id().as_deref())
        }
    }
}

async fn enter(gateway: &Gateway, request: Request) -> Result<Response, (Status, Language)> {
    let headers = request.headers();
    let language = Language::negotiate(headers);
    let mut metadata = MetadataMap::new();
    gateway.authenticate(headers, &mut metadata);
    propagation::inject(&mut metadata);
    if let Some(device) = session::device(request.uri().path(), headers) {
        metadata.insert(session::DEVICE, device);
    }
    let (mut ended, mut browser) = (false, None);
    // A bearer token takes precedence; the cookie is for browsers.
    if !headers.contains_key(header::AUTHORIZATION) && session::secret(headers).is_some() {
        session::same_site(request.method(), headers, &gateway.public_url)
            .map_err(|problem| (problem.into(), language))?;
        match gateway
            .resolve(headers)
            .await
            .map_err(|status| (status, language))?
        {
            Some(session) => {
                metadata.insert("authorization", session.authorization());
                browser = Some(headers.clone());
            }
            None => ended = true,
        }
    }
    let mut response = gateway.transcoder.handle(request, metadata).await;
    let answered = response.extensions_mut().remove::<Answered>();
    let answered = answered.as_ref().map(|answered| &answered.0);
    let cookie = answered.and_then(session::set_cookie);
    let device = answered.and_then(session::set_device_cookie);
    // What everybody may keep must carry no cookie: a proxy would hand it on.
    let ended = ended && !for_everybody(&response);
    for value in [cookie.or_else(|| ended.then(session::forget)), device]
        .into_iter()
        .flatten()
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    // Responses depend on the caller and must not be cached.
    let private = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(private);
    Ok(match browser {
        Some(headers) if is_stream(&response) => {
            response.map(|body| while_signed_in(gateway.clone(), headers, body))
        }
        _ => response,
    })
}

fn for_everybody(response: &Response) -> bool {
    let cached = response.headers().get(header::CACHE_CONTROL);
    cached.is_some_and(|value| value.as_bytes().starts_with(b"public"))
}

/// Interval of checking the session of an open stream.
const STREAM_CHECK: Duration = Duration::from_secs(5);

/// A stream that ends with its session. While identity is unavailable, it stays open.
fn while_signed_in(gateway: Gateway, headers: HeaderMap, body: Body) -> Body {
    let signed_out = async move {
        loop {
            tokio::time::sleep(STREAM_CHECK).await;
            if matches!(gateway.resolve(&headers).await, Ok(None)) {
                return;
            }
        }
    };
    Body::from_stream(body.into_data_stream().take_until(Box::pin(signed_out)))
}

/// `GET /openapi.json`.
pub async fn openapi(State(gateway): State<Gateway>) -> Response {
    let mut response = Response::new(Body::from(gateway.openapi_text.clone()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
