//! Headers of a call: those forwarded as gRPC metadata, `Idempotency-Key`, `If-Match`, `ETag`.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use proto::reasons;
use tonic::metadata::MetadataMap;

use problem::{Problem, Words};

use crate::{bindings::Binding, entity_tag, wire};

/// The only request headers that services receive. Metadata of the gateway takes precedence over the client's headers.
const PASSED_ON: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::ACCEPT_LANGUAGE,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-proof-of-work"),
];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The metadata of a call.
pub(crate) fn metadata(request: &HeaderMap, added: MetadataMap) -> MetadataMap {
    let mut headers = added.into_headers();
    for name in &PASSED_ON {
        if !headers.contains_key(name) {
            for value in request.get_all(name) {
                headers.append(name, value.clone());
            }
        }
    }
    MetadataMap::from_headers(headers)
}

/// Appends the fields that headers fill to the encoded request. A field with a different value is an error.
pub(crate) fn fill(
    binding: &Binding,
    request: &HeaderMap,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    if let Some(number) = binding.request_id
        && let Some(key) = text(request, &IDEMPOTENCY_KEY)?
    {
        set(&[number], key, "Idempotency-Key", "requestId", out)?;
    }
    if let Some(path) = &binding.if_match
        && let Some(value) = text(request, &header::IF_MATCH)?
    {
        if value
            .strip_prefix("W/")
            .is_some_and(|tag| opaque_tag(tag).is_some())
        {
            // With strong comparison (RFC 9110 section 13.1.1) a weak tag matches nothing.
            return Err(Problem::of(&reasons::ETAG_MISMATCH));
        }
        // `*` matches any version; services accept it as the etag.
        let tag = Some(value).filter(|value| *value == "*");
        let tag = tag.or_else(|| opaque_tag(value)).ok_or_else(|| {
            bad_header(
                "If-Match",
                Words::new(
                    "must be one strong entity tag such as \"a1\"",
                    "应为单个强实体标签，例如 \"a1\"",
                ),
            )
        })?;
        set(path, tag, "If-Match", "etag", out)?;
    }
    Ok(())
}

fn text<'h>(request: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Problem> {
    let mut values = request.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let one = values.next().is_none();
    match value.to_str() {
        Ok(text) if one && !text.is_empty() => Ok(Some(text)),
        _ => Err(bad_header(
            name.as_str(),
            Words::new(
                "must be given once, in visible ASCII",
                "只能填写一次，且为可见 ASCII 字符",
            ),
        )),
    }
}

fn set(
    path: &[u32],
    value: &str,
    header: &str,
    field: &str,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    match wire::last_string(out, path) {
        Some(same) if same == value => Ok(()),
        Some(_) => Err(bad_header(
            header,
            Words::new(
                format!("differs from the field {field}"),
                format!("与字段 {field} 的值不一致"),
            ),
        )),
        None => {
            let (number, parents) = path.split_last().unwrap_or((&0, &[]));
            let mut inner = Vec::with_capacity(value.len() + 4);
            wire::put_bytes(*number, value.as_bytes(), &mut inner);
            wire::put_nested(parents, inner, out);
            Ok(())
        }
    }
}

fn bad_header(name: &str, words: Words) -> Problem {
    Problem::of(&reasons::INVALID_ARGUMENT).field(name, words)
}

/// The text of one strong entity tag (RFC 9110 section 8.8.3).
fn opaque_tag(value: &str) -> Option<&str> {
    let tag = value.strip_prefix('"')?.strip_suffix('"')?;
    (!tag.is_empty() && tag.bytes().all(entity_tag::fits)).then_some(tag)
}

/// The `ETag` header of a response.
pub(crate) fn etag(binding: &Binding, message: &[u8]) -> Option<HeaderValue> {
    entity_tag::strong(wire::last_string(message, &[binding.etag?])?)
}
