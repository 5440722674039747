//! Content that is not JSON: `google.api.HttpBody` as the body of a request or of a response.
//!
//! * A request whose `body` is a field of this type takes any bytes; `Content-Type` is passed on as it was sent.
//! * A response is raw if the method returns `HttpBody`, or a message whose `response_body` is a field of that type. Fields
//!   beside it fill headers: `file_name` (`Content-Disposition`), `length` in bytes (`Content-Length`), `etag`, and
//!   `immutable` (the same bytes at this address for ever, for everybody: cacheable).
//! * A stream of them is one body. Only the first message says type, name and length. An error before it is a problem; an
//!   error after it breaks the connection, so that a cut file never looks like a whole one.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderValue, Response, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use prost::encoding::encoded_len_varint;
use tokio::time::{Instant, Sleep, sleep};

use crate::{
    backend::MessageStream,
    entity_tag,
    schema::{Kind, MessageId, Scalar, Schema, Shape},
    wire::{self, Raw},
};

/// The media type of content of no known type.
pub(crate) const OCTETS: &str = "application/octet-stream";

const CONTENT_TYPE: u32 = 1;
const DATA: u32 = 2;

/// Types that browsers may show in a page. They run no script and open no other program.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Where a response has its content, by field numbers.
#[derive(Debug)]
pub(crate) struct Content {
    /// From the response to the content; empty: the response itself.
    path: Vec<u32>,
    file_name: Option<u32>,
    length: Option<u32>,
    etag: Option<u32>,
    immutable: Option<u32>,
}

/// A response of a service that is not one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the service ended the stream without a message")]
    Empty,
    #[error("the service sent {sent} bytes of {length}")]
    Length { sent: u64, length: u64 },
    #[error("the service sent nothing for {0:?}")]
    Silent(Duration),
    #[error("the service broke off: {0}")]
    Refused(tonic::Code),
}

impl Content {
    /// The content of a response; `None` if it is JSON.
    pub(crate) fn of(
        schema: &Schema,
        output: MessageId,
        response_body: Option<usize>,
    ) -> Option<Self> {
        let field = |name: &str, fits: fn(Kind) -> bool| {
            let field = schema.message(output).field_by_name(name)?;
            let single = matches!(field.shape, Shape::Single { .. });
            (single && fits(field.kind)).then_some(field.number)
        };
        let path = match response_body {
            None if schema.is_content(Kind::Message(output)) => {
                return Some(Self {
                    path: Vec::new(),
                    file_name: None,
                    length: None,
                    etag: None,
                    immutable: None,
                });
            }
            None => return None,
            Some(at) => {
                let field = &schema.message(output).fields[at];
                let single = matches!(field.shape, Shape::Single { .. });
                vec![Some(field.number).filter(|_| single && schema.is_content(field.kind))?]
            }
        };
        let is_text = |kind| kind == Kind::Scalar(Scalar::String);
        Some(Self {
            path,
            file_name: field("file_name", is_text),
            length: field("length", |kind| {
                matches!(kind, Kind::Scalar(Scalar::Int64 | Scalar::Uint64))
            }),
            etag: field("etag", is_text),
            immutable: field("immutable", |kind| kind == Kind::Scalar(Scalar::Bool)),
        })
    }

    fn data(&self, message: &Bytes) -> Bytes {
        let path: Vec<u32> = self.path.iter().copied().chain([DATA]).collect();
        match wire::last(message, &path) {
            Some(Raw::Bytes(data)) => message.slice_ref(data),
            _ => Bytes::new(),
        }
    }

    fn number(message: &[u8], field: Option<u32>) -> Option<u64> {
        match wire::last(message, &[field?])? {
            Raw::Varint(number) => Some(number),
            _ => None,
        }
    }

    /// Whether the response says that everybody may keep it for ever.
    fn is_immutable(&self, message: &[u8]) -> bool {
        Self::number(message, self.immutable).is_some_and(|set| set != 0)
    }

    /// The response of a unary method.
    pub(crate) fn respond(&self, message: &Bytes) -> Result<Response<Body>, Broken> {
        let data = self.data(message);
        let sent = data.len() as u64;
        match Self::number(message, self.length) {
            Some(length) if length != sent => Err(Broken::Length { sent, length }),
            _ => Ok(self.head(message, Body::from(data))),
        }
    }

    /// The response of a streaming method. `first` is its first message; `patience`: the longest pause before another one.
    pub(crate) fn respond_stream(
        self: &Arc<Self>,
        first: Bytes,
        messages: MessageStream,
        patience: Duration,
    ) -> Response<Body> {
        let length = Self::number(&first, self.length);
        let body = Sent {
            content: Arc::clone(self),
            next: Some(self.data(&first)),
            messages,
            sent: 0,
            length,
            patience,
            silence: Box::pin(sleep(patience)),
            done: false,
        };
        let mut response = self.head(&first, Body::from_stream(body));
        if let Some(length) = length {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        response
    }

    fn head(&self, message: &[u8], body: Body) -> Response<Body> {
        let path: Vec<u32> = self.path.iter().copied().chain([CONTENT_TYPE]).collect();
        let kind = wire::last_string(message, &path).unwrap_or(OCTETS);
        let name = self
            .file_name
            .and_then(|number| wire::last_string(message, &[number]));
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_str(kind).unwrap_or(HeaderValue::from_static(OCTETS)),
        );
        if let Ok(disposition) = HeaderValue::from_str(&disposition(kind, name)) {
            headers.insert(header::CONTENT_DISPOSITION, disposition);
        }
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        // Should a browser show it in spite of its disposition, it shows it without rights.
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        );
        let etag = self
            .etag
            .and_then(|number| wire::last_string(message, &[number]));
        if let Some(etag) = etag.and_then(entity_tag::strong) {
            headers.insert(header::ETAG, etag);
        }
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(if self.is_immutable(message) {
                "public, max-age=31536000, immutable"
            } else {
                "no-store"
            }),
        );
        response
    }
}

/// The encoded request that has this content in the field `number`.
pub(crate) fn request(number: u32, content_type: &str, data: &[u8]) -> Vec<u8> {
    // A key of these two fields is one byte.
    let sized = |length: usize| 1 + encoded_len_varint(length as u64) + length;
    let inner = sized(content_type.len()) + sized(data.len());
    // A key of five bytes, a length of ten, and room for the path and the query.
    let mut out = Vec::with_capacity(inner + 256);
    wire::put_head(number, inner, &mut out);
    wire::put_bytes(CONTENT_TYPE, content_type.as_bytes(), &mut out);
    wire::put_bytes(DATA, data, &mut out);
    out
}

/// `Content-Disposition` (RFC 6266): pictures are shown, everything else is saved. The name is given in ASCII, with `_` for
/// what is not, and in UTF-8 (RFC 8187).
pub(crate) fn disposition(content_type: &str, file_name: Option<&str>) -> String {
    /// `attr-char` of RFC 8187.
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'!')
        .remove(b'#')
        .remove(b'$')
        .remove(b'&')
        .remove(b'+')
        .remove(b'-')
        .remove(b'.')
        .remove(b'^')
        .remove(b'_')
        .remove(b'`')
        .remove(b'|')
        .remove(b'~');
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let shown = SHOWN.iter().any(|kind| essence.eq_ignore_ascii_case(kind));
    let way = if shown { "inline" } else { "attachment" };
    // A name is one part of a path, without what terminals and file systems interpret.
    let named = file_name.map(|name| {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        last.chars()
            .filter(|c| !c.is_control())
            .collect::<String>()
            .trim()
            .to_owned()
    });
    let Some(name) = named.filter(|name| !name.is_empty()) else {
        return way.to_owned();
    };
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '%' => '_',
            c if c.is_ascii() => c,
            _ => '_',
        })
        .collect();
    if plain == name {
        return format!("{way}; filename=\"{name}\"");
    }
    let encoded = utf8_percent_encode(&name, ENCODED);
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The body of a streaming response. Dropping it drops `messages` and so cancels the call.
struct Sent {
    content: Arc<Content>,
    next: Option<Bytes>,
    messages: MessageStream,
    sent: u64,
    length: Option<u64>,
    patience: Duration,
    silence: Pin<Box<Sleep>>,
    done: bool,
}

impl Sent {
    fn chunk(&mut self, data: Bytes) -> Result<Bytes, Broken> {
        self.sent += data.len() as u64;
        match self.length {
            Some(length) if self.sent > length => Err(Broken::Length {
                sent: self.sent,
                length,
            }),
            _ => Ok(data),
        }
    }

    fn end(&self) -> Result<(), Broken> {
        match self.length {
            Some(length) if self.sent != length => Err(Broken::Length {
                sent: self.sent,
                length,
            }),
            _ => Ok(()),
        }
    }

    fn broken(&mut self, why: Broken) -> Poll<Option<Result<Bytes, Broken>>> {
        tracing::warn!(%why, "a download was broken off");
        self.done = true;
        Poll::Ready(Some(Err(why)))
    }
}

impl Stream for Sent {
    type Item = Result<Bytes, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.done {
                return Poll::Ready(None);
            }
            let data = match this.next.take() {
                Some(data) => data,
                None => match this.messages.poll_next_unpin(context) {
                    Poll::Ready(Some(Ok(message))) => {
                        let patience = this.patience;
                        this.silence.as_mut().reset(Instant::now() + patience);
                        this.content.data(&message)
                    }
                    Poll::Ready(Some(Err(status))) => {
                        return this.broken(Broken::Refused(status.code()));
                    }
                    Poll::Ready(None) => {
                        return match this.end() {
                            Ok(()) => {
                                this.done = true;
                                Poll::Ready(None)
                            }
                            Err(why) => this.broken(why),
                        };
                    }
                    Poll::Pending => {
                        if this.silence.as_mut().poll(context).is_ready() {
                            return this.broken(Broken::Silent(this.patience));
                        }
                        return Poll::Pending;
                    }
                },
            };
            if data.is_empty() {
                continue;
            }
            return match this.chunk(data) {
                Ok(data) => Poll::Ready(Some(Ok(data))),
                Err(why) => this.broken(why),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pictures_are_shown_and_everything_else_is_saved() {
        assert_eq!(
            disposition("image/png", Some("a.png")),
            "inline; filename=\"a.png\""
        );
        assert_eq!(
            disposition("image/svg+xml", Some("a.svg")),
            "attachment; filename=\"a.svg\""
        );
        assert_eq!(disposition("text/html; charset=utf-8", None), "attachment");
        assert_eq!(disposition("Image/JPEG; q=1", Some("")), "inline");
    }

    #[test]
    fn a_name_is_given_in_utf_8_and_in_ascii() {
        assert_eq!(
            disposition("text/csv", Some("会员名册 2026.csv")),
            "attachment; filename=\"____ 2026.csv\"; \
             filename*=UTF-8''%E4%BC%9A%E5%91%98%E5%90%8D%E5%86%8C%202026.csv"
        );
        assert_eq!(
            disposition("text/csv", Some("a\"b%41.csv")),
            "attachment; filename=\"a_b_41.csv\"; filename*=UTF-8''a%22b%2541.csv"
        );
    }

    #[test]
    fn a_name_leaves_no_folder() {
        for name in ["../../etc/passwd", "c:\\windows\\passwd", "/passwd"] {
            assert_eq!(
                disposition("text/plain", Some(name)),
                "attachment; filename=\"passwd\""
            );
        }
    }

    proptest! {
        #[test]
        fn every_name_is_a_header_without_another_parameter(name: String) {
            let header = disposition("text/plain", Some(&name));
            prop_assert!(HeaderValue::from_str(&header).is_ok());
            prop_assert!(!header.contains(['\r', '\n', '\\']));
            // Two quotes, or none without a name.
            prop_assert!([0, 2].contains(&header.matches('"').count()));
        }

        #[test]
        fn a_request_is_the_message_of_its_parts(kind in "[a-z/]{0,20}", data: Vec<u8>) {
            let written = request(7, &kind, &data);
            prop_assert_eq!(wire::last(&written, &[7, 1]), Some(Raw::Bytes(kind.as_bytes())));
            prop_assert_eq!(wire::last(&written, &[7, 2]), Some(Raw::Bytes(&data)));
            let fields: Vec<_> = wire::Fields(&written).collect();
            prop_assert_eq!(fields.len(), 1);
        }
    }
}
