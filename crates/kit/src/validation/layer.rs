//! The layer: decodes the message of a request, normalises and checks it, and passes it on.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use proto_platform::reasons;

use super::{Validator, utf8};
use crate::{
    access::Method,
    errors::Problem,
    server::refusal::{MAX_REQUEST_BYTES, refuse},
};

/// Compression flag and length (gRPC over HTTP/2, Length-Prefixed-Message).
const PREFIX: usize = 5;

pub(crate) async fn check(
    State(validator): State<Arc<Validator>>,
    request: Request,
    next: Next,
) -> Response {
    // Set by the access layer for every method of the contract; health and reflection have none.
    let Some(method) = request.extensions().get::<Arc<Method>>().cloned() else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let checked = match read(body).await {
        Ok(bytes) => validator
            .request(&method.input, &bytes)
            .map(|meant| meant.hand_on(bytes)),
        Err(problem) => Err(problem),
    };
    match checked {
        Ok((bytes, checked)) => {
            parts.extensions.insert(checked);
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(problem) => refuse(problem),
    }
}

/// The message of a request as passed to the inner layers.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// The message.
    pub(crate) message: DynamicMessage,
    /// The same, encoded.
    pub(crate) encoded: Bytes,
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, PREFIX + MAX_REQUEST_BYTES)
        .collect()
        .await
    {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Problem::of(&reasons::BODY_TOO_LARGE).with("limit_bytes", MAX_REQUEST_BYTES))
        }
        // The caller disconnected in the middle and will not read this.
        Err(_) => Err(malformed("The request ended too early.")),
    }
}

/// A valid request with its texts normalised.
struct Meant {
    message: DynamicMessage,
    changed: bool,
}

impl Meant {
    /// The body that the method receives, and its message: the original bytes if normalising changed nothing.
    fn hand_on(self, sent: Bytes) -> (Bytes, Checked) {
        let body = if self.changed { self.encode() } else { sent };
        let checked = Checked {
            message: self.message,
            encoded: body.slice(PREFIX..),
        };
        (body, checked)
    }

    fn encode(&self) -> Bytes {
        let length = self.message.encoded_len();
        let mut body = Vec::with_capacity(PREFIX + length);
        body.push(0);
        // Normalising lets no text grow beyond its limit, so the length fits.
        body.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        body.extend_from_slice(&self.message.encode_to_vec());
        body.into()
    }
}

impl Validator {
    /// Reads and checks the body of a unary request.
    fn request(&self, input: &MessageDescriptor, body: &[u8]) -> Result<Meant, Problem> {
        let (prefix, message) = body
            .split_first_chunk::<PREFIX>()
            .ok_or_else(|| malformed("Send exactly one message."))?;
        let [flag, length @ ..] = *prefix;
        if flag != 0 {
            return Err(malformed("Send the message uncompressed."));
        }
        if u32::from_be_bytes(length) as usize != message.len() {
            return Err(malformed("Send exactly one message."));
        }
        self.meant(input, message)
    }

    /// Reads and checks an encoded message.
    pub fn message(
        &self,
        input: &MessageDescriptor,
        encoded: &[u8],
    ) -> Result<DynamicMessage, Problem> {
        self.meant(input, encoded).map(|meant| meant.message)
    }

    fn meant(&self, input: &MessageDescriptor, encoded: &[u8]) -> Result<Meant, Problem> {
        let mut message =
            DynamicMessage::decode(input.clone(), encoded).map_err(
                |_| match utf8::malformed_field(input, encoded) {
                    Some(field) => Problem::invalid(
                        field,
                        (
                            "Not valid UTF-8; send text in that encoding.",
                            "不是有效的 UTF-8 编码，请以该编码发送文字。",
                        ),
                    ),
                    None => malformed("Not a message of the documented type; check the encoding."),
                },
            )?;
        let outcome = self.read(&mut message);
        let mut violations = outcome.refused;
        for found in self.check(&message) {
            // A text that cannot be read gets that violation only, and not one for its length as well.
            if violations.iter().all(|said| said.field != found.field) {
                violations.push(found);
            }
        }
        if violations.is_empty() {
            let changed = outcome.changed;
            return Ok(Meant { message, changed });
        }
        let problem = Problem::of(&reasons::INVALID_ARGUMENT);
        Err(violations.into_iter().fold(problem, |problem, found| {
            problem.field(found.field, found.description)
        }))
    }
}

fn malformed(description: &'static str) -> Problem {
    Problem::of(&reasons::MALFORMED_REQUEST).field("", description)
}
