//! Errors for people and programs: RFC 9457 `application/problem+json`, in Chinese or English.
//!
//! A problem is always one of the catalogued reasons. The message of a gRPC status is for the service's own log and is
//! never shown; the shown texts come from the catalogue and from violations of named fields.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use problem::Problem;
use serde_json::{Value, json};
use tonic::Status;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The language of a response. Chinese unless English is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `zh-CN`
    #[default]
    Chinese,
    /// `en`
    English,
}

impl Language {
    /// The language that `Accept-Language` prefers (RFC 9110 section 12.5.4).
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let (mut chinese, mut english, mut any) = (None, None, 0.0);
        let values = headers
            .get_all(header::ACCEPT_LANGUAGE)
            .iter()
            .filter_map(|v| v.to_str().ok());
        for range in values.flat_map(|value| value.split(',')) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let quality = match parameters.trim().strip_prefix("q=") {
                Some(q) => q.trim().parse::<f32>().unwrap_or(0.0),
                None => 1.0,
            };
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let best = |known: Option<f32>| Some(known.unwrap_or(0.0).max(quality));
            if primary.eq_ignore_ascii_case("zh") {
                chinese = best(chinese);
            } else if primary.eq_ignore_ascii_case("en") {
                english = best(english);
            } else if primary == "*" {
                any = quality;
            }
        }
        if english.unwrap_or(any) > chinese.unwrap_or(any) {
            Self::English
        } else {
            Self::Chinese
        }
    }

    /// The tag of `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// The metadata of `METHOD_NOT_ALLOWED`: the methods that are allowed, separated by commas.
pub(crate) const ALLOW: &str = "allow";

/// The retry delay of a 503 without one.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// The problem of a gRPC status; fields under their JSON names.
pub fn of_status(status: &Status) -> Problem {
    let mut problem = Problem::from_status(status, proto::reason);
    problem.rename_fields(json_path);
    problem
}

/// RFC 9457.
pub trait Render {
    /// As JSON.
    fn to_json(&self, language: Language, trace_id: Option<&str>) -> Value;

    /// As an HTTP response.
    fn to_response(&self, language: Language, trace_id: Option<&str>) -> Response<Body>;
}

impl Render for Problem {
    fn to_json(&self, language: Language, trace_id: Option<&str>) -> Value {
        let (reason, mut metadata) = (self.reason(), Cow::Borrowed(self.metadata()));
        if let Some(seconds) = retry_after_seconds(self) {
            metadata
                .to_mut()
                .entry("retry_after_seconds".into())
                .or_insert_with(|| seconds.to_string());
        }
        let text = match language {
            Language::Chinese => &reason.zh,
            Language::English => &reason.en,
        };
        let advice = fill(text.advice, &metadata);
        let detail = match (self.said(), language) {
            (None, _) => advice,
            (Some(said), Language::English) => format!("{} {advice}", said.en),
            (Some(said), Language::Chinese) => format!("{}{advice}", said.chinese()),
        };
        let mut body = json!({
            "type": format!("/problems/{}", reason.code),
            "title": fill(text.title, &metadata),
            "status": reason.http,
            "detail": detail,
            "code": reason.code,
        });
        if !self.violations().is_empty() {
            let list = self.violations().iter().map(|(field, words)| {
                let description = match language {
                    Language::Chinese => words.chinese(),
                    Language::English => &words.en,
                };
                json!({ "field": field, "description": description })
            });
            body["violations"] = list.collect();
        }
        if let (Some(challenge), Some(difficulty)) = (
            metadata.get("challenge"),
            metadata
                .get("difficulty")
                .and_then(|bits| bits.parse::<u8>().ok()),
        ) {
            body["proof_of_work"] = json!({ "challenge": challenge, "difficulty": difficulty });
        }
        if let Some(id) = trace_id {
            body["trace_id"] = id.into();
        }
        body
    }

    fn to_response(&self, language: Language, trace_id: Option<&str>) -> Response<Body> {
        let mut response = Response::new(Body::from(self.to_json(language, trace_id).to_string()));
        *response.status_mut() = status(self);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(language.tag()),
        );
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if self.reason().http == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_seconds(self) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // A refused method names those that the path has (RFC 9110, section 15.5.6).
        let allowed = self.metadata().get(ALLOW);
        if let Some(allowed) = allowed.and_then(|methods| HeaderValue::try_from(methods).ok()) {
            headers.insert(header::ALLOW, allowed);
        }
        response
    }
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.reason().http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Every 503 has `Retry-After` (RFC 9110, section 15.6.4), also those not produced by a service.
fn retry_after_seconds(problem: &Problem) -> Option<u64> {
    let unavailable = status(problem) == StatusCode::SERVICE_UNAVAILABLE;
    problem
        .retry()
        .or(unavailable.then_some(DEFAULT_RETRY))
        .map(|delay| delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
}

/// The trace id of a W3C `traceparent` header, if it is a valid one.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, id) = (parts.next()?, parts.next()?);
    let hex = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    (version.len() == 2
        && id.len() == 32
        && hex(version)
        && hex(id)
        && id.bytes().any(|b| b != b'0'))
    .then_some(id)
}

/// Replaces `{name}` by the metadata entry of that name; a placeholder without one is removed with the brackets around
/// it.
fn fill(template: &str, metadata: &BTreeMap<Cow<'_, str>, String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        rest = behind;
        match metadata.get(name) {
            Some(value) => out.push_str(value),
            None if out.ends_with(['（', '(']) && rest.starts_with(['）', ')']) => {
                out.pop();
                let mut chars = rest.chars();
                chars.next();
                rest = chars.as_str();
            }
            None => out.truncate(out.trim_end().len()),
        }
    }
    out + rest
}

/// A proto field path in JSON names: `filter.created_after` becomes `filter.createdAfter`. Map keys in brackets are not
/// changed.
fn json_path(path: &str) -> String {
    let (mut out, mut upper, mut bracket) = (String::with_capacity(path.len()), false, false);
    for c in path.chars() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '_' if !bracket => {
                upper = true;
                continue;
            }
            _ => {}
        }
        out.push(if upper { c.to_ascii_uppercase() } else { c });
        upper = false;
    }
    out
}
