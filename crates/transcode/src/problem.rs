//! Errors for people and programs: RFC 9457 `application/problem+json`, in Chinese or English.
//!
//! A problem is always one of the catalogued reasons. The message of a gRPC status is for the service's own log and is
//! never shown; the shown texts come from the catalogue and from violations of named fields.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use proto::reasons::{self, Reason};
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

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

/// One sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// In English.
    pub en: Cow<'static, str>,
    /// In Chinese.
    pub zh: Cow<'static, str>,
}

impl Words {
    /// The sentence in English and in Chinese.
    pub fn new(en: impl Into<Cow<'static, str>>, zh: impl Into<Cow<'static, str>>) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }

    /// The sentence in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// The retry delay of a 503 without one.
const DEFAULT_RETRY: Duration = Duration::from_secs(1);

/// The reason for a refusal, before localisation.
#[derive(Clone, Debug)]
pub struct Problem {
    reason: &'static Reason,
    metadata: BTreeMap<String, String>,
    violations: Vec<(String, Words)>,
    said: Option<Words>,
    retry_after: Option<Duration>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with this reason only.
    pub fn new(reason: &'static Reason) -> Self {
        Self {
            reason,
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            said: None,
            retry_after: None,
            headers: Vec::new(),
        }
    }

    /// Fills the placeholder `{name}` of the catalogued texts.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.metadata.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds a violation: a field, as a JSON path of the client's request, and what is wrong with it.
    #[must_use]
    pub fn violation(mut self, field: impl Into<String>, words: Words) -> Self {
        self.violations.push((field.into(), words));
        self
    }

    /// Adds a specific description before the catalogued advice.
    #[must_use]
    pub fn saying(mut self, words: Words) -> Self {
        self.said = Some(words);
        self
    }

    /// Sends `Retry-After`, in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Sends one more header, e.g. `Allow`.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The catalogued reason.
    pub fn reason(&self) -> &'static Reason {
        self.reason
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.reason.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Converts a gRPC status. Its reason is used if it is catalogued and does not present a server error as the
    /// caller's; otherwise the code is mapped onto the platform's own reasons. The message is never used.
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info();
        let named = info.and_then(|info| proto::reason(&info.reason));
        // A server error must not be presented as the caller's, even if a bug writes such a reason into its details.
        let failure = matches!(
            status.code(),
            Code::Internal | Code::Unknown | Code::DataLoss
        );
        let named = named.filter(|reason| !failure || reason.grpc == status.code());
        let mut problem = Self::new(named.unwrap_or_else(|| by_grpc_code(status.code())));
        if let (Some(_), Some(info)) = (named, info) {
            problem
                .metadata
                .extend(info.metadata.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        for violation in details
            .bad_request()
            .map_or(&[][..], |bad| &bad.field_violations)
        {
            problem
                .violations
                .push((json_path(&violation.field), violation_words(violation)));
        }
        problem.retry_after = details.retry_info().and_then(|info| info.retry_delay);
        problem
    }

    pub(crate) fn rename_fields(&mut self, rename: impl Fn(&str) -> String) {
        for (field, _) in &mut self.violations {
            *field = rename(field);
        }
    }

    /// The problem as JSON.
    pub fn to_json(&self, language: Language, trace_id: Option<&str>) -> Value {
        let mut metadata = Cow::Borrowed(&self.metadata);
        if let Some(seconds) = self.retry_after_seconds() {
            metadata
                .to_mut()
                .entry("retry_after_seconds".to_owned())
                .or_insert_with(|| seconds.to_string());
        }
        let text = match language {
            Language::Chinese => &self.reason.zh,
            Language::English => &self.reason.en,
        };
        let advice = fill(text.advice, &metadata);
        let detail = match (&self.said, language) {
            (None, _) => advice,
            (Some(said), Language::English) => format!("{} {advice}", said.en),
            (Some(said), Language::Chinese) => format!("{}{advice}", said.zh),
        };
        let mut body = json!({
            "type": format!("/problems/{}", self.reason.code),
            "title": fill(text.title, &metadata),
            "status": self.reason.http,
            "detail": detail,
            "code": self.reason.code,
        });
        if !self.violations.is_empty() {
            let list = self.violations.iter().map(
                |(field, words)| json!({ "field": field, "description": words.in_language(language) }),
            );
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

    /// The problem as an HTTP response.
    pub fn to_response(&self, language: Language, trace_id: Option<&str>) -> Response<Body> {
        let mut response = Response::new(Body::from(self.to_json(language, trace_id).to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(language.tag()),
        );
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if self.reason.http == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_seconds() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        headers.extend(self.headers.iter().cloned());
        response
    }

    /// Every 503 has `Retry-After` (RFC 9110, section 15.6.4), also those not produced by a service.
    fn retry_after_seconds(&self) -> Option<u64> {
        let unavailable = self.status() == StatusCode::SERVICE_UNAVAILABLE;
        self.retry_after
            .or(unavailable.then_some(DEFAULT_RETRY))
            .map(|delay| delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
    }
}

/// Renders a gRPC status.
pub fn from_status(status: &Status, language: Language, trace_id: Option<&str>) -> Response<Body> {
    Problem::from_status(status).to_response(language, trace_id)
}

/// Renders a catalogued reason. `violations` are (JSON path, what is wrong).
pub fn from_reason(
    reason: &'static Reason,
    metadata: BTreeMap<String, String>,
    violations: Vec<(String, Words)>,
    language: Language,
    trace_id: Option<&str>,
) -> Response<Body> {
    Problem {
        metadata,
        violations,
        ..Problem::new(reason)
    }
    .to_response(language, trace_id)
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

/// A status without a catalogued reason, e.g. from the transport.
fn by_grpc_code(code: Code) -> &'static Reason {
    match code {
        Code::InvalidArgument | Code::OutOfRange => &reasons::INVALID_ARGUMENT,
        Code::Unauthenticated => &reasons::UNAUTHENTICATED,
        Code::PermissionDenied => &reasons::PERMISSION_DENIED,
        Code::NotFound => &reasons::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => &reasons::CONFLICT,
        Code::ResourceExhausted => &reasons::TOO_MANY_REQUESTS,
        // A service that is being replaced may briefly lack a method; a restart may interrupt a call.
        Code::Unavailable | Code::Unimplemented | Code::Cancelled => &reasons::UNAVAILABLE,
        Code::DeadlineExceeded => &reasons::DEADLINE_EXCEEDED,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => &reasons::INTERNAL,
    }
}

/// A violation's own reason, if catalogued, has both languages; otherwise its localised message if there is one.
fn violation_words(violation: &tonic_types::FieldViolation) -> Words {
    if let Some(reason) = proto::reason(&violation.reason) {
        return Words::new(reason.en.title, reason.zh.title);
    }
    let mut words = Words::new(violation.description.clone(), violation.description.clone());
    if let Some(localized) = &violation.localized_message {
        if localized.locale.starts_with("zh") {
            words.zh = localized.message.clone().into();
        } else if localized.locale.starts_with("en") {
            words.en = localized.message.clone().into();
        }
    }
    words
}

/// Replaces `{name}` by the metadata entry of that name; a placeholder without one is removed with the brackets around
/// it.
fn fill(template: &str, metadata: &BTreeMap<String, String>) -> String {
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
