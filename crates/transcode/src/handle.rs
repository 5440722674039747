//! Handles one request from HTTP to gRPC and back.

use std::{error::Error, pin::pin, sync::Arc, time::Duration};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use proto::reasons;
use tonic::{Status, metadata::MetadataMap};

use problem::{Problem, Words};

use crate::{
    backend::Backend,
    bindings::{Binding, Bindings, BodyRule},
    content::{self, Broken},
    headers, json,
    path::{Found, Path},
    rendering::{self, ALLOW, Language},
    speaker::Speaker,
    stream, text, wire,
};

/// The metadata of a service's response, as an extension of the HTTP response, for the embedding program.
#[derive(Clone, Debug)]
pub struct Answered(pub MetadataMap);

/// The path template of the contract that the request matched, as an extension of the HTTP response: a name for traces
/// and metrics without data of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(pub String);

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum size of a request body. Must be below the services' limit.
    pub max_body_bytes: usize,
    /// Timeout of receiving a request body.
    pub body_timeout: Duration,
    /// Timeout of a call; of a stream, until it starts.
    pub call_timeout: Duration,
}

impl Default for Limits {
    /// 1 MiB, 30 s, 30 s.
    fn default() -> Self {
        Self {
            max_body_bytes: 1 << 20,
            body_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(30),
        }
    }
}

/// Serves the bindings over HTTP.
#[derive(Debug)]
pub struct Transcoder<B> {
    bindings: Arc<Bindings>,
    backend: B,
    limits: Limits,
}

/// The result of looking up a path.
enum Matched<'p> {
    /// A method, by its index.
    Binding(usize, Path<'p>),
    /// A response without a method.
    Answered(Response<Body>),
}

impl<B: Backend> Transcoder<B> {
    /// Serves `bindings` by calling `backend`.
    pub fn new(bindings: Bindings, backend: B, limits: Limits) -> Self {
        Self {
            bindings: Arc::new(bindings),
            backend,
            limits,
        }
    }

    /// The table this serves.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// Handles one request. `added` is metadata of the gateway itself, which replaces the client's header of the same
    /// name; it turns a session cookie into an `authorization`. Unknown paths get a 404 problem.
    pub async fn handle<R>(&self, request: Request<R>, added: MetadataMap) -> Response<Body>
    where
        R: http_body::Body<Data = Bytes> + Send,
        R::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let metadata = headers::metadata(&parts.headers, added);
        let traceparent = metadata
            .get("traceparent")
            .and_then(|value| value.to_str().ok());
        let speaker = Speaker {
            language: Language::negotiate(&parts.headers),
            trace_id: traceparent.and_then(rendering::trace_id).map(str::to_owned),
        };
        let (route, answered) = match self.find(&parts) {
            Ok(Matched::Binding(index, path)) => {
                let route = Route(self.bindings.all[index].template_text.clone());
                let answer = self.answer(index, &path, &parts, body, metadata, &speaker);
                (Some(route), answer.await)
            }
            Ok(Matched::Answered(response)) => (None, Ok(response)),
            Err(problem) => (None, Err(problem)),
        };
        let mut response = answered.unwrap_or_else(|problem| speaker.respond(&problem));
        if let Some(route) = route {
            response.extensions_mut().insert(route);
        }
        if parts.method == Method::HEAD {
            without_body(response)
        } else {
            response
        }
    }

    /// Looks up the path.
    fn find<'p>(&self, parts: &'p Parts) -> Result<Matched<'p>, Problem> {
        let not_found = || Problem::of(&reasons::NOT_FOUND);
        let path = Path::new(parts.uri.path()).ok_or_else(not_found)?;
        match self.bindings.route(&parts.method, &path) {
            Found::Binding(index) => Ok(Matched::Binding(index, path)),
            Found::Nothing => Err(not_found()),
            Found::OtherMethods(methods) if parts.method == Method::OPTIONS => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                if let Ok(allowed) = HeaderValue::try_from(allow(methods)) {
                    response.headers_mut().insert(header::ALLOW, allowed);
                }
                Ok(Matched::Answered(response))
            }
            Found::OtherMethods(methods) => {
                let problem = Problem::of(&reasons::METHOD_NOT_ALLOWED);
                Err(problem.with(ALLOW, allow(methods)))
            }
        }
    }

    async fn answer<R>(
        &self,
        index: usize,
        path: &Path<'_>,
        parts: &Parts,
        body: R,
        metadata: MetadataMap,
        speaker: &Speaker,
    ) -> Result<Response<Body>, Problem>
    where
        R: http_body::Body<Data = Bytes> + Send,
        R::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let binding = &self.bindings.all[index];
        let body = self.read(body).await?;
        let request = self.request(binding, parts, path, &body)?;
        self.call(index, parts, metadata, request.into(), speaker)
            .await
            .map_err(|mut problem| {
                problem.rename_fields(|field| self.bindings.client_path(binding, field));
                problem
            })
    }

    /// Assembles the encoded request from body, path, query and headers, in this order: later values are merged into
    /// earlier ones as defined by protobuf.
    fn request(
        &self,
        binding: &Binding,
        parts: &Parts,
        path: &Path<'_>,
        body: &[u8],
    ) -> Result<Vec<u8>, Problem> {
        let schema = &self.bindings.schema;
        let raw = binding.raw_body(schema);
        if !body.is_empty() && binding.body != BodyRule::None && raw.is_none() {
            require_json(&parts.headers)?;
        }
        let mut request = match binding.body {
            _ if let Some(field) = raw => {
                let kind = parts.headers.get(header::CONTENT_TYPE);
                let kind = kind.and_then(|kind| kind.to_str().ok());
                content::request(field.number, kind.unwrap_or(content::OCTETS), body)
            }
            _ if body.is_empty() => Vec::new(),
            BodyRule::None => {
                let words = Words::new("This request takes no body.", "该请求不接受请求体。");
                return Err(Problem::of(&reasons::MALFORMED_REQUEST).saying(words));
            }
            BodyRule::Whole => json::decode(schema, binding.input, body)?,
            BodyRule::Field(at) => json::decode_field(schema, binding.input, at, body)?,
        };
        self.path_values(binding, path, &mut request)?;
        if let Some(query) = parts.uri.query() {
            binding.query.read(schema, query, &mut request)?;
        }
        headers::fill(binding, &parts.headers, &mut request)?;
        Ok(request)
    }

    fn path_values(
        &self,
        binding: &Binding,
        path: &Path<'_>,
        request: &mut Vec<u8>,
    ) -> Result<(), Problem> {
        let refuse = |name: &str, words| Problem::of(&reasons::INVALID_ARGUMENT).field(name, words);
        for (variable, bound) in binding.template.variables.iter().zip(&binding.variables) {
            let value = binding.template.capture(variable, path).ok_or_else(|| {
                refuse(
                    &bound.name,
                    Words::new("is not percent-encoded UTF-8", "百分号编码无效"),
                )
            })?;
            let field = bound.field(&self.bindings.schema);
            let mut inner = Vec::with_capacity(value.len() + 4);
            text::put(
                &self.bindings.schema,
                field.number,
                field.kind,
                &value,
                &mut inner,
            )
            .map_err(|words| refuse(&bound.name, words))?;
            let in_body = wire::last(request, &bound.numbers);
            if in_body.is_some() && in_body != wire::last(&inner, &[field.number]) {
                return Err(refuse(
                    &bound.name,
                    Words::new("differs from the address", "与请求地址中的值不一致"),
                ));
            }
            let parents = &bound.numbers[..bound.numbers.len() - 1];
            wire::put_nested(parents, inner, request);
        }
        Ok(())
    }

    async fn call(
        &self,
        index: usize,
        parts: &Parts,
        mut metadata: MetadataMap,
        request: Bytes,
        speaker: &Speaker,
    ) -> Result<Response<Body>, Problem> {
        let binding = &self.bindings.all[index];
        let limit = self.limits.call_timeout;
        let refused = |status: &Status| rendering::of_status(status);
        let too_slow = |_| Problem::of(&reasons::DEADLINE_EXCEEDED);
        if binding.is_streaming() {
            let call = self
                .backend
                .server_streaming(&binding.method, metadata, request);
            let (_, mut messages) = tokio::time::timeout(limit, call)
                .await
                .map_err(too_slow)?
                .map_err(|s| refused(&s))?;
            if let Some(content) = &binding.content {
                let first = tokio::time::timeout(limit, messages.next())
                    .await
                    .map_err(too_slow)?
                    .ok_or_else(|| broken(binding, &Broken::Empty))?
                    .map_err(|s| refused(&s))?;
                return Ok(content.respond_stream(first, messages, limit));
            }
            return Ok(stream::respond(
                &self.bindings,
                index,
                messages,
                &parts.headers,
                speaker.clone(),
            ));
        }
        if let Ok(value) = format!("{}m", limit.as_millis()).parse() {
            metadata.insert("grpc-timeout", value);
        }
        let call = self.backend.unary(&binding.method, metadata, request);
        let (answered, message) = tokio::time::timeout(limit, call)
            .await
            .map_err(too_slow)?
            .map_err(|s| refused(&s))?;
        if let Some(content) = &binding.content {
            let mut response = content
                .respond(&message)
                .map_err(|why| broken(binding, &why))?;
            response.extensions_mut().insert(Answered(answered));
            return Ok(response);
        }
        let written = self.bindings.encode(binding, &message).map_err(|error| {
            tracing::error!(method = binding.method.full_name(), %error, "the answer of a service cannot be read");
            Problem::of(&reasons::INTERNAL)
        })?;
        let mut response = Response::new(Body::from(written));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if let Some(etag) = headers::etag(binding, &message) {
            headers.insert(header::ETAG, etag);
        }
        response.extensions_mut().insert(Answered(answered));
        Ok(response)
    }

    /// Reads a body, up to the limit.
    async fn read<R>(&self, body: R) -> Result<Bytes, Problem>
    where
        R: http_body::Body<Data = Bytes> + Send,
        R::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let limit = self.limits.max_body_bytes;
        let too_large = || Problem::of(&reasons::BODY_TOO_LARGE).with("limit_bytes", limit);
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let mut body = pin!(body);
        let mut read = BytesMut::new();
        let all = async {
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|_| {
                    let words = Words::new("The body broke off.", "请求体传输中断。");
                    Problem::of(&reasons::MALFORMED_REQUEST).saying(words)
                })?;
                if let Some(data) = frame.data_ref() {
                    if read.len() + data.len() > limit {
                        return Err(too_large());
                    }
                    read.extend_from_slice(data);
                }
            }
            Ok(())
        };
        match tokio::time::timeout(self.limits.body_timeout, all).await {
            Ok(done) => done.map(|()| read.freeze()),
            Err(_) => Err(Problem::of(&reasons::REQUEST_TIMEOUT)),
        }
    }
}

fn broken(binding: &Binding, why: &Broken) -> Problem {
    tracing::error!(method = binding.method.full_name(), %why, "the answer of a service is no content");
    Problem::of(&reasons::INTERNAL)
}

/// The headers of the GET response, including its length (RFC 9110 section 9.3.2).
fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = http_body::Body::size_hint(&body).exact() {
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(parts, Body::empty())
}

fn allow(methods: &[(Method, usize)]) -> String {
    let mut names: Vec<_> = methods.iter().map(|(method, _)| method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.push("OPTIONS");
    names.join(", ")
}

/// The body must be declared as JSON; a declared charset must be UTF-8.
fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
            charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    if json && utf8 {
        Ok(())
    } else {
        Err(Problem::of(&reasons::UNSUPPORTED_MEDIA_TYPE))
    }
}
