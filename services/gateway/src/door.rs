//! The door itself: what every request passes on its way in, and what every answer passes on its way out.
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
    access::{Internal, Origin, WithInternal},
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
use transcode::{Answered, Language, Transcoder, grpc::Channels, problem};
use url::Url;

use crate::{concurrency::is_stream, session, sitemap_cache::SitemapCache};

/// A channel on which the gateway proves that it is the gateway.
pub type Vouched = InterceptedService<Channel, WithInternal>;

/// Everything a request needs. Cheap to clone; holds no state another replica would need.
#[derive(Clone)]
pub struct Door(Arc<Inside>);

/// See [`Door`].
pub struct Inside {
    /// The public address, also the OpenID issuer; without a slash at the end.
    pub issuer: String,
    /// The same, parsed.
    pub public_url: Url,
    /// The OpenAPI document.
    pub openapi: Value,
    /// The OpenAPI document as it is sent.
    pub openapi_text: Bytes,
    /// Serves `/v1`.
    pub transcoder: Transcoder<Channels<Channel>>,
    /// The channel to identity.
    pub identity: Channel,
    /// Proves to services that the gateway speaks.
    pub internal: Internal,
    /// What search engines are told.
    pub sitemap: SitemapCache,
}

impl std::ops::Deref for Door {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// A live session, resolved.
pub struct Session {
    authorization: AsciiMetadataValue,
}

impl Session {
    /// The value of the `authorization` metadata.
    pub fn authorization(&self) -> AsciiMetadataValue {
        self.authorization.clone()
    }
}

impl Door {
    /// Opens the door.
    pub fn new(inside: Inside) -> Self {
        Self(Arc::new(inside))
    }

    /// Calls to the sign-on part of identity.
    pub fn sign_on(&self) -> SignOnClient<Vouched> {
        SignOnClient::with_interceptor(self.identity.clone(), self.internal.interceptor())
    }

    /// Says to a service, in a way it can trust, where a request comes from.
    pub fn vouch(&self, headers: &HeaderMap, metadata: &mut MetadataMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let origin = Origin {
            address: text(crate::origin::HEADER).and_then(|address| address.parse().ok()),
            user_agent: text("user-agent").map(str::to_owned),
            trace_id: String::new(),
        };
        origin.write(metadata);
        if let Ok(token) = self.internal.token() {
            metadata.insert(kit::access::internal::HEADER, token);
        }
    }

    /// The session of a request: `None` without a cookie, and when the session has ended.
    pub async fn resolve(&self, headers: &HeaderMap) -> Result<Option<Session>, Status> {
        let Some(secret) = session::secret(headers) else {
            return Ok(None);
        };
        let mut request = tonic::Request::new(ResolveSessionRequest {
            secret: secret.to_owned(),
        });
        self.vouch(headers, request.metadata_mut());
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
            // A cookie that means nothing (any more) is no sign-in, and no reason to refuse what is open to everybody.
            Err(status)
                if matches!(status.code(), Code::Unauthenticated | Code::InvalidArgument) =>
            {
                Ok(None)
            }
            Err(status) => Err(status),
        }
    }

    /// A status as the visitor reads it.
    pub fn problem(&self, status: &Status) -> Response {
        problem::from_status(status, Language::default(), trace_id().as_deref())
    }
}

fn trace_id() -> Option<String> {
    Some(current_trace_id()).filter(|id| !id.is_empty())
}

/// `/v1/**`: every RPC that is offered over REST.
pub async fn api(State(door): State<Door>, request: Request) -> Response {
    match enter(&door, request).await {
        Ok(response) => response,
        Err((status, language)) => problem::from_status(&status, language, trace_id().as_deref()),
    }
}

async fn enter(door: &Door, request: Request) -> Result<Response, (Status, Language)> {
    let headers = request.headers();
    let language = Language::negotiate(headers);
    let mut metadata = MetadataMap::new();
    door.vouch(headers, &mut metadata);
    propagation::inject(&mut metadata);
    if let Some(device) = session::device(request.uri().path(), headers) {
        metadata.insert(session::DEVICE, device);
    }
    let (mut ended, mut browser) = (false, None);
    // Who brings a token speaks for itself; the cookie is for browsers.
    if !headers.contains_key(header::AUTHORIZATION) && session::secret(headers).is_some() {
        session::same_site(request.method(), headers, &door.public_url)
            .map_err(|problem| (problem.into(), language))?;
        match door
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
    let mut response = door.transcoder.handle(request, metadata).await;
    let answered = response.extensions_mut().remove::<Answered>();
    let answered = answered.as_ref().map(|answered| &answered.0);
    let cookie = answered.and_then(session::set_cookie);
    let device = answered.and_then(session::set_device_cookie);
    for value in [cookie.or_else(|| ended.then(session::forget)), device]
        .into_iter()
        .flatten()
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    // Answers depend on who asks; nothing in between may keep them.
    let private = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(private);
    Ok(match browser {
        Some(headers) if is_stream(&response) => {
            response.map(|body| while_signed_in(door.clone(), headers, body))
        }
        _ => response,
    })
}

/// How soon an open stream notices that its session was ended.
const STREAM_CHECK: Duration = Duration::from_secs(5);

/// A stream that ends with the session it was opened by. When identity does not answer, it stays open until it does.
fn while_signed_in(door: Door, headers: HeaderMap, body: Body) -> Body {
    let signed_out = async move {
        loop {
            tokio::time::sleep(STREAM_CHECK).await;
            if matches!(door.resolve(&headers).await, Ok(None)) {
                return;
            }
        }
    };
    Body::from_stream(body.into_data_stream().take_until(Box::pin(signed_out)))
}

/// `GET /openapi.json`.
pub async fn openapi(State(door): State<Door>) -> Response {
    let mut response = Response::new(Body::from(door.openapi_text.clone()));
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
