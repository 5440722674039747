//! The layer: reads the one message of a request, checks it, and hands it on unchanged.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use proto::reasons;

use super::{Validator, utf8};
use crate::{
    access::{Caller, Method},
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
    let (parts, body) = request.into_parts();
    let checked = match read(body).await {
        Ok(bytes) => match validator.request(&method.input, &bytes) {
            // Only now it is known what the request says, and so whom it names.
            Ok(message) => match parts.extensions.get::<Caller>() {
                Some(caller) => method.subject.check(caller, &message).map(|()| bytes),
                None => Ok(bytes),
            },
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    match checked {
        Ok(bytes) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(problem) => refuse(problem),
    }
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
        // The caller stopped in the middle; nobody is left to read this.
        Err(_) => Err(malformed("The request ended too early.")),
    }
}

impl Validator {
    /// Checks the body of a unary request.
    fn request(&self, input: &MessageDescriptor, body: &[u8]) -> Result<DynamicMessage, Problem> {
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
        self.message(input, message)
    }

    /// Checks an encoded message, and returns it read.
    pub fn message(
        &self,
        input: &MessageDescriptor,
        encoded: &[u8],
    ) -> Result<DynamicMessage, Problem> {
        let message =
            DynamicMessage::decode(input.clone(), encoded).map_err(
                |_| match utf8::malformed_field(input, encoded) {
                    Some(field) => {
                        Problem::invalid(field, "Not valid UTF-8; send text in that encoding.")
                    }
                    None => malformed("Not a message of the documented type; check the encoding."),
                },
            )?;
        let violations = self.check(&message);
        if violations.is_empty() {
            return Ok(message);
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
